/**
 * What Fulcio writes into a certificate for a GitHub Actions workflow: its extensions 2 to 22, by number
 * (Fulcio's `docs/oid-info.md`).
 */
import { createHash } from 'node:crypto';

export const githubActionsIssuer = 'https://token.actions.githubusercontent.com';

/** Nothing for an identity that is no workflow of GitHub's. */
export function githubClaims(identity: string, issuer: string): Record<number, string> {
  const match = /^https:\/\/github\.com\/([^/]+)\/([^/]+)\/\.github\/workflows\/[^@]+@(.+)$/.exec(identity);
  if (match === null || issuer !== githubActionsIssuer) return {};
  const [, owner = '', repository = '', ref = ''] = match;
  const source = `https://github.com/${owner}/${repository}`;
  const commit = createHash('sha1').update(identity).digest('hex');
  return {
    2: 'push',
    3: commit,
    4: 'Release',
    5: `${owner}/${repository}`,
    6: ref,
    9: identity,
    10: commit,
    11: 'github-hosted',
    12: source,
    13: commit,
    14: ref,
    15: numberOf(source),
    16: `https://github.com/${owner}`,
    17: numberOf(owner),
    18: identity,
    19: commit,
    20: 'push',
    21: `${source}/actions/runs/${numberOf(identity)}/attempts/1`,
    22: 'public',
  };
}

/** Some number, the same for the same text. */
function numberOf(text: string): string {
  return String(createHash('sha256').update(text).digest().readUInt32BE(0));
}
