import { describe, expect, it } from 'vitest';
import {
  isNewsOfTargets,
  parseTufVersions,
  renderTufVersions,
} from '../../../../src/formats/own/tuf-versions.ts';
import { UsageError } from '../../../../src/model/errors.ts';
import { refusal } from '../../../support/refusals.ts';

const versions = { root: 16, timestamp: 512, snapshot: 170, targets: 14 };
const file = 'sigstore-tuf.json';

describe('the versions of TUF metadata that were seen', () => {
  it('are read as they were written, and written the same way every time', () => {
    const bytes = renderTufVersions(versions);
    expect(parseTufVersions(bytes, file)).toEqual(versions);
    const { targets, ...others } = versions;
    expect(renderTufVersions({ targets, ...others })).toEqual(bytes);
    expect(Buffer.from(bytes).toString()).toMatch(/^\{\n {2}"version": 1,\n {2}"root": 16,[^]*\}\n$/);
  });

  it.each([
    ['nothing', ''],
    ['no object', '[]'],
    ['no version', '{"root":1,"timestamp":1,"snapshot":1,"targets":1}'],
    ['a later format', '{"version":2,"root":1,"timestamp":1,"snapshot":1,"targets":1}'],
    ['a role without a number', '{"version":1,"root":1,"timestamp":1,"snapshot":1}'],
    ['a version 0', '{"version":1,"root":1,"timestamp":0,"snapshot":1,"targets":1}'],
    ['a fraction', '{"version":1,"root":1,"timestamp":1.5,"snapshot":1,"targets":1}'],
    ['a text', '{"version":1,"root":"1","timestamp":1,"snapshot":1,"targets":1}'],
    ['a role twice', '{"version":1,"root":1,"root":9,"timestamp":1,"snapshot":1,"targets":1}'],
    ['something else', '{"version":1,"root":1,"timestamp":1,"snapshot":1,"targets":1,"other":1}'],
  ])('are refused with %s', async (_, text) => {
    await refusal(() => parseTufVersions(Buffer.from(text), file), UsageError, 'STATE_INVALID');
  });

  it('are news where root or targets moved, and not where a machine signed the same again', () => {
    expect(isNewsOfTargets(undefined, versions)).toBe(true);
    expect(isNewsOfTargets(versions, { ...versions, root: 17 })).toBe(true);
    expect(isNewsOfTargets(versions, { ...versions, targets: 15 })).toBe(true);
    expect(isNewsOfTargets(versions, { ...versions, timestamp: 600, snapshot: 180 })).toBe(false);
  });
});
