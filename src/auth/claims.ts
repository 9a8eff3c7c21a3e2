type Claims = Readonly<Record<string, unknown>>;

/** A part of a path: in double quotes where it has dots. */
const PART = /"([^"]+)"|([^".]+)/g;

/**
 * The value of a claim. Its name is taken as it is first (`https://app.example/roles` of Auth0), then as a path into objects: `realm_access.roles` of Keycloak,
 * `resource_access."ledger.web".roles` of one of its clients.
 */
export const claimIn = (claims: Claims, name: string): unknown =>
  Object.hasOwn(claims, name)
    ? claims[name]
    : [...name.matchAll(PART)].reduce<unknown>((value, [, quoted, plain]) => {
        const key = quoted ?? plain ?? '';
        return typeof value === 'object' && value !== null && Object.hasOwn(value, key)
          ? (value as Claims)[key]
          : undefined;
      }, claims);
