/** Of the one client that the floor and oidc-provider know. */
export const CLIENT_ID = 'bench'
export const CLIENT_SECRET = 'a-secret-of-the-bench-that-guards-nothing'
