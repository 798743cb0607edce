/** What is remembered of release lines that entries left. */
import { describe, expect, it } from 'vitest';
import {
  parseReleaseLines,
  releaseLine,
  renderReleaseLines,
  withLine,
  type ReleaseLines,
} from '../../../../src/formats/own/release-lines.ts';
import { UsageError } from '../../../../src/model/errors.ts';
import { refusal } from '../../../support/refusals.ts';
import { signedByKey } from '../../../support/sighting-sample.ts';

const standing = (version: string) => signedByKey(version).evidence!;

describe('release lines', () => {
  it('are the two first numbers', () => {
    expect(['1.36.4', '1.36', '2.0.0-rc.1', '20261112-2590', 'v1.2.3'].map(releaseLine)).toEqual([
      ...['1.36', '1.36', '2.0', undefined, undefined],
    ]);
  });

  it('come back as they were written, without what is not compared', () => {
    const lines = withLine({}, 'runc debian-13 amd64', '1.3', standing('1.3.6'));
    expect(parseReleaseLines(renderReleaseLines(lines), 'x')).toEqual(lines);
    expect(Object.keys(lines['runc debian-13 amd64']!['1.3']!)).not.toContain('documents');
  });

  it('are the last ones that were left', () => {
    let lines: ReleaseLines = {};
    for (let minor = 0; minor < 12; minor += 1) {
      lines = withLine(lines, 'q', `1.${minor}`, standing(`1.${minor}.0`));
    }
    lines = withLine(lines, 'q', '1.6', standing('1.6.1'));
    expect(Object.keys(lines['q']!)).toEqual(['1.4', '1.5', '1.7', '1.8', '1.9', '1.10', '1.11', '1.6']);
  });

  it.each(['', '[]', '{"version":2,"lines":{}}', '{"version":1,"lines":{"q":{"1.0":{}}}}'])(
    'are not %j',
    async (text) => {
      await refusal(() => parseReleaseLines(Buffer.from(text), 'x'), UsageError, 'STATE_INVALID');
    },
  );
});
