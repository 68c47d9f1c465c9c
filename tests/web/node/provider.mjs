// An OpenID provider for the browser tests: PKCE is required, a few people with groups, its own plain pages to sign in.
// Usage: node provider.mjs PORT REDIRECT_URI POST_LOGOUT_URI. Prints "ready" once it listens.
import { Provider } from 'oidc-provider';

const [port, redirect, after] = process.argv.slice(2);
const people = {
  kim: { email: 'kim@example.com', email_verified: true, groups: ['Cloud Security'] },
  lee: { email: 'lee@example.com', email_verified: true, groups: ['Risk'] },
  ann: { email: 'ann@example.com', email_verified: true, groups: ['Web Owners'] },
  max: { email: 'max@example.com', email_verified: false, groups: ['Cloud Security'] },
};

const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [{
    client_id: 'hubposture',
    client_secret: 'the secret of the tests',
    redirect_uris: [redirect],
    post_logout_redirect_uris: [after],
    grant_types: ['authorization_code'],
    response_types: ['code'],
  }],
  pkce: { required: () => true },
  scopes: ['openid', 'email', 'groups'],
  claims: { openid: ['sub'], email: ['email', 'email_verified'], groups: ['groups'] },
  conformIdTokenClaims: false,
  features: { devInteractions: { enabled: true }, rpInitiatedLogout: { enabled: true } },
  cookies: { keys: ['only for tests'] },
  findAccount: (_, id) => ({
    accountId: id,
    claims: () => ({ sub: id, ...(people[id] ?? { email: `${id}@example.com`, email_verified: true, groups: [] }) }),
  }),
});
provider.listen(Number(port), '127.0.0.1', () => console.log('ready'));
