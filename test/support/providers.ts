/** The claims of an access or ID token as one provider writes it, the settings for it, and whom it speaks for. `iss`, `exp` and so on are the tests' own. */
export type Provider = {
  readonly name: string;
  readonly alg: 'RS256' | 'PS256' | 'ES256' | 'ES384';
  readonly claims: Readonly<Record<string, unknown>>;
  readonly env: Readonly<Record<string, string>>;
  readonly id: string;
  readonly kept: string;
  readonly roles: readonly string[];
};

const entraId = '9a8c2a4e-0d3b-4a53-9d59-6f1d2c1c7b11';

export const providers: readonly Provider[] = [
  {
    name: 'Auth0',
    alg: 'RS256',
    claims: {
      sub: 'auth0|5f7c8ec7c33c6c004bbafe82',
      aud: ['ledger', 'https://clinic.eu.auth0.com/userinfo'],
      azp: 'my_client_id',
      scope: 'openid profile email',
      'https://app.example/roles': ['clinician'],
      permissions: ['read:recordings'],
    },
    env: { JWT_ROLES_CLAIM: 'https://app.example/roles' },
    id: 'auth0|5f7c8ec7c33c6c004bbafe82',
    kept: '_.auth0.7C5f7c8ec7c33c6c004bbafe82',
    roles: ['clinician'],
  },
  {
    name: 'Entra',
    alg: 'RS256',
    claims: {
      aud: 'ledger',
      ver: '2.0',
      tid: '72f988bf-86f1-41af-91ab-2d7cd011db47',
      oid: entraId,
      sub: 'AAAAAAAAAAAAAAAAAAAAAIkzqFVrSaSaFHy782bbtaQ',
      azp: 'a1b2c3d4-0000-4000-8000-000000000001',
      acrs: ['c1'],
      preferred_username: 'ann@clinic.example',
      roles: ['Ledger.OnCall', 'Ledger.Clinician'],
    },
    env: {
      JWT_SUBJECT_CLAIM: 'oid',
      JWT_ROLE_MAP: 'Ledger.OnCall=on-call,Ledger.Clinician=clinician',
      JWT_REQUIRED_ACR: 'c1',
    },
    id: entraId,
    kept: entraId,
    roles: ['on-call', 'clinician'],
  },
  {
    name: 'Keycloak',
    alg: 'PS256',
    claims: {
      aud: ['account', 'ledger'],
      sub: 'f:1f2a4c6e-8b0d-4e2f-9a1c-3b5d7f90a2c4:ann.lee',
      typ: 'Bearer',
      azp: 'ledger.web',
      acr: '1',
      realm_access: { roles: ['offline_access', 'uma_authorization'] },
      resource_access: { 'ledger.web': { roles: ['doctor', 'auditor'] }, account: { roles: ['manage-account'] } },
    },
    env: {
      JWT_ROLES_CLAIM: 'resource_access."ledger.web".roles',
      JWT_ROLE_MAP: 'doctor=clinician, auditor=compliance',
      JWT_REQUIRED_ACR: 'gold,2',
    },
    id: 'f:1f2a4c6e-8b0d-4e2f-9a1c-3b5d7f90a2c4:ann.lee',
    kept: '_.f.3A1f2a4c6e-8b0d-4e2f-9a1c-3b5d7f90a2c4.3Aann.2Elee',
    // Signed in with a password alone.
    roles: ['clinician'],
  },
  {
    name: 'Cognito',
    alg: 'RS256',
    claims: {
      sub: '7d8ca528-4931-4254-9273-ea5ee853f271',
      aud: undefined,
      'cognito:groups': ['Patients', 'eu-west-1_AbCdEf_Google'],
      client_id: 'ledger',
      token_use: 'access',
      scope: 'aws.cognito.signin.user.admin',
      username: 'google_108204268033311374519',
    },
    env: { JWT_AUDIENCE_CLAIM: 'client_id', JWT_ROLES_CLAIM: 'cognito:groups', JWT_ROLE_MAP: 'Patients=patient' },
    id: '7d8ca528-4931-4254-9273-ea5ee853f271',
    kept: '7d8ca528-4931-4254-9273-ea5ee853f271',
    roles: ['patient'],
  },
  {
    name: 'Okta',
    alg: 'ES384',
    claims: {
      ver: 1,
      aud: 'ledger',
      cid: '0oa1b2c3d4e5f6g7h8i9',
      uid: '00u1b2c3d4e5f6g7h8i9',
      scp: ['openid', 'profile'],
      sub: "Ann.O'Neil+oncall@clinic.example",
      groups: ['Everyone', 'CN=On call', 'Clinical Staff'],
    },
    env: {
      JWT_ROLES_CLAIM: 'groups',
      JWT_ROLE_MAP: 'CN=On call=on-call,Clinical Staff=clinician,Clinical Staff=patient',
    },
    id: "Ann.O'Neil+oncall@clinic.example",
    kept: '_.Ann.2EO.27Neil.2Boncall.40clinic.2Eexample',
    roles: ['on-call', 'clinician', 'patient'],
  },
  {
    name: 'Google',
    alg: 'RS256',
    claims: {
      azp: '1234987819200.apps.googleusercontent.com',
      aud: 'ledger',
      sub: '108204268033311374519',
      hd: 'clinic.example',
      email: 'ann@clinic.example',
      email_verified: true,
    },
    env: { JWT_ROLES_CLAIM: 'hd', JWT_ROLE_MAP: 'clinic.example=clinician' },
    id: '108204268033311374519',
    kept: '108204268033311374519',
    roles: ['clinician'],
  },
];
