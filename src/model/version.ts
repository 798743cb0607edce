/** The version that `--version` prints, and the user agent and what is remembered of a judgement name; a test holds it to package.json's. */
export const version = '0.1.0';
