@description('Begins the names of the alerts.')
param namePrefix string

@description('The region.')
param location string

@description('The tags.')
param tags object

@description('Application Insights of the app.')
param insightsId string

@description('Who is mailed; empty for nobody.')
param email string

@description('How many minutes the oldest phase in line may wait.')
param queueAgeMinutes int

// The sweep says each minute how the slots stand: "Slots: 3 of 3 held, 2 waiting, the longest for 120 s." docs/operations.md says what each alert means and what to do.
var slots = 'traces | where message startswith "Slots: " | parse message with "Slots: " held:long " of " capacity:long " held, " waiting:long " waiting, the longest for " seconds:long " s."'

var alerts = [
  {
    name: 'orchestration-failed'
    title: 'PhaseFlow: an orchestration failed'
    text: 'An orchestration ended with an exception. Failed phases are no such thing: this is a fault of the app or of its storage.'
    severity: 1
    query: 'union isfuzzy=true (requests | where name startswith "orchestration:" and success == false), (traces | where severityLevel >= 3 and message has "(Orchestrator)" and message has "failed")'
    window: 'PT15M'
    frequency: 'PT5M'
    operator: 'GreaterThan'
    threshold: 0
  }
  {
    name: 'sweep-found'
    title: 'PhaseFlow: the sweep found something'
    text: 'The sweep mended work that was lost. It has been mended; that there was something is a fault.'
    severity: 2
    query: 'traces | where message startswith "The sweep found "'
    window: 'PT15M'
    frequency: 'PT5M'
    operator: 'GreaterThan'
    threshold: 0
  }
  {
    name: 'sweep-silent'
    title: 'PhaseFlow: the sweep does not run'
    text: 'For 15 minutes the sweep has not said how the slots stand: the app does not start, or cannot reach its storage.'
    severity: 1
    query: slots
    window: 'PT15M'
    frequency: 'PT5M'
    operator: 'LessThan'
    threshold: 1
  }
  {
    name: 'webhook-failed'
    title: 'PhaseFlow: reports are not taken'
    text: 'POST /workflow-complete answered with 5xx: an agent that does not repeat its report runs into its timeout.'
    severity: 1
    query: 'requests | where (url has "/workflow-complete" or name has "workflow-complete" or name == "CompleteWorkflow") and toint(resultCode) >= 500'
    window: 'PT15M'
    frequency: 'PT5M'
    operator: 'GreaterThan'
    threshold: 0
  }
  {
    name: 'queue-old'
    title: 'PhaseFlow: a phase waits long for a slot'
    text: 'The oldest phase in line has waited longer than is allowed.'
    severity: 3
    query: '${slots} | where waiting > 0 and seconds > ${queueAgeMinutes * 60}'
    window: 'PT15M'
    frequency: 'PT15M'
    operator: 'GreaterThan'
    threshold: 0
  }
  {
    name: 'slots-full'
    title: 'PhaseFlow: the slots are full'
    text: 'For an hour every slot has been held while phases waited: capacity is too low, or agents hang.'
    severity: 3
    query: '${slots} | summarize full = countif(held >= capacity and waiting > 0), all = count() | where all >= 30 and full == all'
    window: 'PT1H'
    frequency: 'PT15M'
    operator: 'GreaterThan'
    threshold: 0
  }
]

resource group 'Microsoft.Insights/actionGroups@2023-01-01' = if (!empty(email)) {
  name: '${namePrefix}-alerts'
  location: 'global'
  tags: tags
  properties: {
    groupShortName: 'PhaseFlow'
    enabled: true
    emailReceivers: [
      {
        name: 'operator'
        emailAddress: email
        useCommonAlertSchema: true
      }
    ]
  }
}

resource rules 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = [for alert in alerts: {
  name: '${namePrefix}-${alert.name}'
  location: location
  tags: tags
  properties: {
    displayName: alert.title
    description: alert.text
    severity: alert.severity
    enabled: true
    scopes: [
      insightsId
    ]
    windowSize: alert.window
    evaluationFrequency: alert.frequency
    // The tables come with the first telemetry.
    skipQueryValidation: true
    autoMitigate: true
    criteria: {
      allOf: [
        {
          query: alert.query
          timeAggregation: 'Count'
          operator: alert.operator
          threshold: alert.threshold
          failingPeriods: {
            numberOfEvaluationPeriods: 1
            minFailingPeriodsToAlert: 1
          }
        }
      ]
    }
    actions: {
      actionGroups: empty(email) ? [] : [
        group.id
      ]
    }
  }
}]
