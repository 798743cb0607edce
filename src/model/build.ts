/**
 * What this program was built from: scripts/build.sh puts the commit here, so that the same commit makes the same bytes.
 */
const commitLine = 'unknown';

const [hash = '', time = '', state = ''] = commitLine.split(' ');

/** Forty hexadecimal digits; undefined where git does not know it, and in a checkout that runs without a build. */
export const commit = time === '' ? undefined : hash;
/** ISO 8601. */
export const committedAt = time === '' ? undefined : time;
/** Were there changes that no commit has? */
export const isModified = state === 'modified';
