targetScope = 'subscription'

// PhaseFlow on Azure: one resource group with the function app, the storage account that holds its work, the vault that holds its secrets, what watches it, and, where asked for,
// a virtual network and a Durable Task Scheduler. docs/operations.md explains the choices.

@description('The name of the azd environment. The names of all resources are derived from it.')
@minLength(1)
@maxLength(64)
param environmentName string

@description('The region of all resources: one that has the Flex Consumption plan.')
@minLength(1)
@metadata({
  azd: {
    type: 'location'
  }
})
param location string

@description('The resource group; made if it is not there.')
param resourceGroupName string = 'rg-${environmentName}'

// The app

@description('Agents at work at once, over all features.')
@minValue(1)
@maxValue(10000)
param slotCapacity int = 3

@description('When the sweep looks for work that was lost: NCRONTAB with seconds.')
param sweepInterval string = '0 * * * * *'

@description('How long something must have stood before the sweep mends it.')
param sweepGrace string = '00:00:30'

@description('When it is looked for features and changes that are kept no longer: NCRONTAB with seconds.')
param retentionInterval string = '0 0 * * * *'

@description('How long a feature is kept after it has ended, and a change in the feed; 0 keeps everything.')
param retentionFinishedFeatures string = '30.00:00:00'

@description('The address that agents and links use, such as that of a gateway in front. Empty: the address of the function app.')
param publicUrl string = ''

@description('Begins the names of the tables of the store: letters and digits.')
@minLength(1)
@maxLength(40)
param tablesPrefix string = 'PhaseFlow'

@description('Base64 of at least 32 random bytes: the secrets of all attempts are derived from it. Empty: the one that stands in the vault is kept.')
@secure()
param webhookMasterKey string = ''

@description('The master key before a rotation: what it signed is still accepted. Empty: none is.')
@secure()
param webhookPreviousMasterKey string = ''

@description('Further settings of the app whose values are secret: they are kept in the vault, and the app gets references.')
param secretNames array = []

@description('The values of those, by name. One without a value was put into the vault by other means: there its name has a hyphen for each underscore.')
@secure()
param secretValues object = {}

@description('Further settings of the app, by name. None of them may be secret.')
param plainSettings object = {}

// Its plan

@description('Memory of an instance in MB.')
@allowed([
  512
  2048
  4096
])
param instanceMemoryMB int = 2048

@description('The most instances that the plan scales a group of functions out to.')
@minValue(1)
@maxValue(1000)
param maximumInstanceCount int = 40

@description('Instances that always wait for HTTP: 1 answers the first report after a quiet time without a cold start. Each costs, whether it works or not.')
@minValue(0)
@maxValue(1000)
param alwaysReadyHttp int = 0

@description('Instances that always run orchestrations, the limiter and activities.')
@minValue(0)
@maxValue(1000)
param alwaysReadyDurable int = 0

// Who reaches it

@description('Addresses or ranges (CIDR) that reach the app. Empty: every address does.')
param allowedAddresses array = []

@description('Whether the platform refuses every path that is none of the contract, and with it the management endpoints of Durable Functions and of the host.')
param guardManagementEndpoints bool = true

@description('Puts storage and vault behind private endpoints in a virtual network of their own, and closes them to all others.')
param privateNetwork bool = false

@description('The addresses of that network: /24 or larger.')
param networkAddressPrefix string = '10.48.0.0/24'

// Storage, secrets and the scheduler

@description('How the storage account is replicated.')
@allowed([
  'Standard_LRS'
  'Standard_ZRS'
  'Standard_GRS'
  'Standard_GZRS'
])
param storageSku string = 'Standard_LRS'

@description('Where Durable Functions keeps its state: tables and queues of the storage account, or a Durable Task Scheduler, billed by action or by capacity.')
@allowed([
  'AzureStorage'
  'SchedulerConsumption'
  'SchedulerDedicated'
])
param durableBackend string = 'AzureStorage'

@description('Addresses or ranges (CIDR) that reach the scheduler; each caller also needs a role.')
param schedulerAllowedAddresses array = [
  '0.0.0.0/0'
]

// What watches it

@description('Who is mailed when an alert fires. Empty: alerts are only shown in the portal.')
param alertEmail string = ''

@description('How many minutes the oldest phase in line may wait for a slot before an alert fires.')
@minValue(5)
@maxValue(1440)
param queueAgeMinutes int = 60

@description('How many days logs are kept.')
@minValue(30)
@maxValue(730)
param logRetentionDays int = 30

@description('GB of logs that are taken a day at most; -1 is without a limit.')
param logDailyCapGb int = 1

var token = toLower(uniqueString(subscription().id, environmentName, location))
var tags = {
  'azd-env-name': environmentName
}
var storageName = 'st${token}'
var networkName = 'vnet-${token}'
var schedulerName = durableBackend == 'AzureStorage' ? '' : 'dts-${token}'
var taskHubName = 'phaseflow'
var packageContainer = 'app-package'
var webhookSecrets = empty(webhookPreviousMasterKey) ? [
  'PhaseFlow__Webhooks__MasterKey'
] : [
  'PhaseFlow__Webhooks__MasterKey'
  'PhaseFlow__Webhooks__PreviousMasterKey'
]

resource group 'Microsoft.Resources/resourceGroups@2024-11-01' = {
  name: resourceGroupName
  location: location
  tags: tags
}

module identity 'identity.bicep' = {
  name: 'identity'
  scope: group
  params: {
    name: 'id-${token}'
    location: location
    tags: tags
  }
}

module monitoring 'monitoring.bicep' = {
  name: 'monitoring'
  scope: group
  params: {
    workspaceName: 'log-${token}'
    insightsName: 'appi-${token}'
    location: location
    tags: tags
    retentionDays: logRetentionDays
    dailyCapGb: logDailyCapGb
    appPrincipalId: identity.outputs.principalId
  }
}

module storage 'storage.bicep' = {
  name: 'storage'
  scope: group
  params: {
    name: storageName
    location: location
    tags: tags
    sku: storageSku
    closed: privateNetwork
    packageContainer: packageContainer
    appPrincipalId: identity.outputs.principalId
  }
}

module vault 'vault.bicep' = {
  name: 'vault'
  scope: group
  params: {
    name: 'kv-${token}'
    location: location
    tags: tags
    closed: privateNetwork
    webhookMasterKey: webhookMasterKey
    webhookPreviousMasterKey: webhookPreviousMasterKey
    secretNames: secretNames
    secretValues: secretValues
    appPrincipalId: identity.outputs.principalId
  }
}

module network 'network.bicep' = if (privateNetwork) {
  name: 'network'
  scope: group
  params: {
    name: networkName
    location: location
    tags: tags
    addressPrefix: networkAddressPrefix
    storageId: storage.outputs.id
    vaultId: vault.outputs.id
  }
}

module scheduler 'scheduler.bicep' = if (!empty(schedulerName)) {
  name: 'scheduler'
  scope: group
  params: {
    name: schedulerName
    location: location
    tags: tags
    sku: durableBackend == 'SchedulerDedicated' ? 'Dedicated' : 'Consumption'
    allowedAddresses: schedulerAllowedAddresses
    taskHubName: taskHubName
    appPrincipalId: identity.outputs.principalId
  }
}

module app 'app.bicep' = {
  name: 'app'
  scope: group
  params: {
    name: 'func-${token}'
    planName: 'plan-${token}'
    location: location
    tags: tags
    identityId: identity.outputs.id
    identityClientId: identity.outputs.clientId
    storageName: storage.outputs.name
    packageContainerUrl: storage.outputs.packageContainerUrl
    insightsName: monitoring.outputs.insightsName
    schedulerName: schedulerName
    taskHubName: taskHubName
    // Not an output of the network: there is none where the network is not asked for.
    subnetId: privateNetwork ? resourceId(subscription().subscriptionId, group.name, 'Microsoft.Network/virtualNetworks/subnets', networkName, 'app') : ''
    instanceMemoryMB: instanceMemoryMB
    maximumInstanceCount: maximumInstanceCount
    alwaysReadyHttp: alwaysReadyHttp
    alwaysReadyDurable: alwaysReadyDurable
    allowedAddresses: allowedAddresses
    guardManagementEndpoints: guardManagementEndpoints
    slotCapacity: slotCapacity
    sweepInterval: sweepInterval
    sweepGrace: sweepGrace
    retentionInterval: retentionInterval
    retentionFinishedFeatures: retentionFinishedFeatures
    publicUrl: publicUrl
    tablesPrefix: tablesPrefix
    vaultName: vault.outputs.name
    secretNames: concat(webhookSecrets, secretNames)
    plainSettings: plainSettings
  }
  dependsOn: [
    network
    scheduler
  ]
}

module alerts 'alerts.bicep' = {
  name: 'alerts'
  scope: group
  params: {
    namePrefix: 'phaseflow-${environmentName}'
    location: location
    tags: tags
    insightsId: monitoring.outputs.insightsId
    email: alertEmail
    queueAgeMinutes: queueAgeMinutes
  }
}

@description('The region.')
output AZURE_LOCATION string = location

@description('The resource group.')
output AZURE_RESOURCE_GROUP string = group.name

@description('The function app: azd publishes to it, and so does func azure functionapp publish.')
output SERVICE_PHASEFLOW_NAME string = app.outputs.name

@description('The address of the app.')
output SERVICE_PHASEFLOW_URI string = app.outputs.uri

@description('The storage account with the tables of the store and the state of Durable Functions.')
output PHASEFLOW_STORAGE_NAME string = storage.outputs.name

@description('The vault with the secrets.')
output AZURE_KEY_VAULT_NAME string = vault.outputs.name

@description('Application Insights.')
output PHASEFLOW_INSIGHTS_NAME string = monitoring.outputs.insightsName
