@description('The name of the vault.')
param name string

@description('The region.')
param location string

@description('The tags.')
param tags object

@description('Whether only private endpoints reach it.')
param closed bool

@description('The master key; empty keeps the one that stands in the vault.')
@secure()
param webhookMasterKey string

@description('The master key before a rotation; empty where there is none.')
@secure()
param webhookPreviousMasterKey string

@description('The settings whose values are further secrets.')
param secretNames array

@description('Those values, by the name of the setting. A secret without one was put into the vault by other means.')
@secure()
param secretValues object

@description('The identity of the app: it may read secrets.')
param appPrincipalId string

var keyVaultSecretsUser = '4633458b-17de-408a-b874-0445c86b69e6'

resource vault 'Microsoft.KeyVault/vaults@2024-11-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    tenantId: subscription().tenantId
    sku: {
      family: 'A'
      name: 'standard'
    }
    enableRbacAuthorization: true
    enableSoftDelete: true
    softDeleteRetentionInDays: 90
    enablePurgeProtection: true
    publicNetworkAccess: closed ? 'Disabled' : 'Enabled'
    networkAcls: {
      defaultAction: closed ? 'Deny' : 'Allow'
      // Deployments write secrets through Azure Resource Manager.
      bypass: 'AzureServices'
    }
  }
}

// The name of a secret is that of the setting that reads it, as far as a vault takes it: a hyphen for each underscore.
resource masterKey 'Microsoft.KeyVault/vaults/secrets@2024-11-01' = if (!empty(webhookMasterKey)) {
  parent: vault
  name: 'PhaseFlow--Webhooks--MasterKey'
  properties: {
    value: webhookMasterKey
  }
}

resource previousMasterKey 'Microsoft.KeyVault/vaults/secrets@2024-11-01' = if (!empty(webhookPreviousMasterKey)) {
  parent: vault
  name: 'PhaseFlow--Webhooks--PreviousMasterKey'
  properties: {
    value: webhookPreviousMasterKey
  }
}

resource secrets 'Microsoft.KeyVault/vaults/secrets@2024-11-01' = [for name in secretNames: if (contains(secretValues, name)) {
  parent: vault
  name: replace(name, '_', '-')
  properties: {
    value: secretValues[name]
  }
}]

resource reader 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(vault.id, appPrincipalId, keyVaultSecretsUser)
  scope: vault
  properties: {
    principalId: appPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', keyVaultSecretsUser)
  }
}

@description('The id of the vault.')
output id string = vault.id

@description('Its name.')
output name string = vault.name
