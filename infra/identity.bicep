@description('The name of the identity.')
param name string

@description('The region.')
param location string

@description('The tags.')
param tags object

// One identity for all that the app reaches: its roles stand before the app does, and outlive it.
resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: name
  location: location
  tags: tags
}

@description('The id of the resource.')
output id string = identity.id

@description('What roles are given to.')
output principalId string = identity.properties.principalId

@description('What the app names it by.')
output clientId string = identity.properties.clientId
