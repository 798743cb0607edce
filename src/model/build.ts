/**
 * What this program was built from: scripts/build.sh puts the commit here, so that the same commit makes the same bytes.
 */
const commitLine = 'unknown';

const [, time = ''] = commitLine.split(' ');

/** ISO 8601; undefined where git does not know it, and in a checkout that runs without a build. */
export const committedAt = time === '' ? undefined : time;
