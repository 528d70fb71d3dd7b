@description('The name of the function app.')
param name string

@description('The name of its plan.')
param planName string

@description('The region.')
param location string

@description('The tags.')
param tags object

@description('The identity of the app, with all its roles.')
param identityId string

@description('What the app names it by.')
param identityClientId string

@description('The storage account.')
param storageName string

@description('The container that the package is published to.')
param packageContainerUrl string

@description('Application Insights.')
param insightsName string

@description('The vault.')
param vaultName string

@description('The Durable Task Scheduler; empty for Azure Storage.')
param schedulerName string

@description('The task hub of the scheduler.')
param taskHubName string

@description('The subnet that the app calls from; empty for none.')
param subnetId string

@description('Memory of an instance in MB.')
param instanceMemoryMB int

@description('The most instances.')
param maximumInstanceCount int

@description('Instances that always wait for HTTP.')
param alwaysReadyHttp int

@description('Instances that always run what is durable.')
param alwaysReadyDurable int

@description('Addresses or ranges that reach the app; empty for all.')
param allowedAddresses array

@description('Whether the platform refuses every path that is none of the contract.')
param guardManagementEndpoints bool

@description('Agents at work at once.')
param slotCapacity int

@description('When the sweep runs.')
param sweepInterval string

@description('How long something must have stood before the sweep mends it.')
param sweepGrace string

@description('When it is looked for features and changes that are kept no longer.')
param retentionInterval string

@description('How long a feature is kept after it has ended, and a change in the feed.')
param retentionFinishedFeatures string

@description('The address that agents use; empty for that of the app.')
param publicUrl string

@description('Begins the names of the tables.')
param tablesPrefix string

@description('The settings that are references to secrets of the vault.')
param secretNames array

@description('Further settings.')
param plainSettings object

resource storage 'Microsoft.Storage/storageAccounts@2024-01-01' existing = {
  name: storageName
}

resource insights 'Microsoft.Insights/components@2020-02-02' existing = {
  name: insightsName
}

// Read only where there is one.
resource scheduler 'Microsoft.DurableTask/schedulers@2025-11-01' existing = {
  name: schedulerName
}

var settings = [
  {
    name: 'AzureWebJobsStorage__accountName'
    value: storage.name
  }
  {
    name: 'AzureWebJobsStorage__credential'
    value: 'managedidentity'
  }
  {
    name: 'AzureWebJobsStorage__clientId'
    value: identityClientId
  }
  {
    name: 'APPLICATIONINSIGHTS_CONNECTION_STRING'
    value: insights.properties.ConnectionString
  }
  {
    name: 'APPLICATIONINSIGHTS_AUTHENTICATION_STRING'
    value: 'ClientId=${identityClientId};Authorization=AAD'
  }
  {
    name: 'PhaseFlow__Slots__Capacity'
    value: string(slotCapacity)
  }
  {
    name: 'PhaseFlow__Sweep__Interval'
    value: sweepInterval
  }
  {
    name: 'PhaseFlow__Sweep__Grace'
    value: sweepGrace
  }
  {
    name: 'PhaseFlow__Retention__Interval'
    value: retentionInterval
  }
  {
    name: 'PhaseFlow__Retention__FinishedFeatures'
    value: retentionFinishedFeatures
  }
  {
    name: 'PhaseFlow__Tables__Prefix'
    value: tablesPrefix
  }
]
var addressSettings = empty(publicUrl) ? [] : [
  {
    name: 'PhaseFlow__PublicUrl'
    value: publicUrl
  }
]
// These win over host.json, which names Azure Storage.
var schedulerSettings = empty(schedulerName) ? [] : [
  {
    name: 'AzureFunctionsJobHost__extensions__durableTask__hubName'
    value: taskHubName
  }
  {
    name: 'AzureFunctionsJobHost__extensions__durableTask__storageProvider__type'
    value: 'azureManaged'
  }
  {
    name: 'AzureFunctionsJobHost__extensions__durableTask__storageProvider__connectionStringName'
    value: 'DURABLE_TASK_SCHEDULER_CONNECTION_STRING'
  }
  {
    name: 'DURABLE_TASK_SCHEDULER_CONNECTION_STRING'
    value: 'Endpoint=${scheduler.properties.endpoint};Authentication=ManagedIdentity;ClientID=${identityClientId}'
  }
]
var furtherSettings = [for setting in items(plainSettings): {
  name: setting.key
  value: setting.value
}]
var secretSettings = [for secret in secretNames: {
  name: secret
  value: '@Microsoft.KeyVault(VaultName=${vaultName};SecretName=${replace(secret, '_', '-')})'
}]

var alwaysReady = concat(alwaysReadyHttp == 0 ? [] : [
  {
    name: 'http'
    instanceCount: alwaysReadyHttp
  }
], alwaysReadyDurable == 0 ? [] : [
  {
    name: 'durable'
    instanceCount: alwaysReadyDurable
  }
])

var restrictions = [for (range, i) in allowedAddresses: {
  name: 'allowed-${i}'
  priority: 100 + i
  action: 'Allow'
  ipAddress: contains(range, '/') ? range : '${range}/32'
}]

// The panel shows in its tab how many phases need somebody.
var panelIcons = [for n in range(1, 9): '/icon-${n}.svg']

resource plan 'Microsoft.Web/serverfarms@2024-04-01' = {
  name: planName
  location: location
  tags: tags
  kind: 'functionapp'
  sku: {
    tier: 'FlexConsumption'
    name: 'FC1'
  }
  properties: {
    reserved: true
  }
}

resource app 'Microsoft.Web/sites@2024-04-01' = {
  name: name
  location: location
  tags: union(tags, {
    'azd-service-name': 'phaseflow'
  })
  kind: 'functionapp,linux'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: {
      '${identityId}': {}
    }
  }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    publicNetworkAccess: 'Enabled'
    keyVaultReferenceIdentity: identityId
    virtualNetworkSubnetId: empty(subnetId) ? null : subnetId
    siteConfig: {
      minTlsVersion: '1.2'
      scmMinTlsVersion: '1.2'
      ipSecurityRestrictions: restrictions
      ipSecurityRestrictionsDefaultAction: empty(allowedAddresses) ? 'Allow' : 'Deny'
      scmIpSecurityRestrictionsUseMain: false
      appSettings: concat(settings, addressSettings, schedulerSettings, secretSettings, furtherSettings)
    }
    functionAppConfig: {
      deployment: {
        storage: {
          type: 'blobContainer'
          value: packageContainerUrl
          authentication: {
            type: 'UserAssignedIdentity'
            userAssignedIdentityResourceId: identityId
          }
        }
      }
      runtime: {
        name: 'dotnet-isolated'
        version: '10.0'
      }
      scaleAndConcurrency: {
        instanceMemoryMB: instanceMemoryMB
        maximumInstanceCount: maximumInstanceCount
        alwaysReady: alwaysReady
      }
    }
  }

  // Publishing takes an identity of Entra ID, not a password.
  resource scm 'basicPublishingCredentialsPolicies' = {
    name: 'scm'
    properties: {
      allow: false
    }
  }

  // Durable Functions serves its management API under /runtime/webhooks/durabletask, and no setting turns that off: only the system key guards it. So the platform's
  // authentication stands in front and passes the paths of the contract alone, which have keys and signatures of their own. It has no identity provider: nobody can sign in to the rest.
  resource guard 'config' = {
    name: 'authsettingsV2'
    properties: {
      platform: {
        enabled: guardManagementEndpoints
      }
      globalValidation: {
        requireAuthentication: guardManagementEndpoints
        unauthenticatedClientAction: 'Return403'
        excludedPaths: concat([
          '/'
          '/api/*'
          '/assets/*'
          '/icon.svg'
          '/icon-9more.svg'
          '/openapi.json'
          '/workflow-complete'
        ], panelIcons)
      }
      httpSettings: {
        requireHttps: true
      }
      login: {
        tokenStore: {
          enabled: false
        }
      }
    }
  }
}

@description('The name of the app.')
output name string = app.name

@description('Its address.')
output uri string = 'https://${app.properties.defaultHostName}'
