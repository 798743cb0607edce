/** GitHub's trusted root by its pin, and by the file of another day. */
import { describe, expect, it } from 'vitest';
import { createGithubSigstore } from '../../../../scripts/upstream/sigstore/github-sigstore.ts';
import { VerificationError, type ErrorCode } from '../../../../src/model/errors.ts';
import type { Anchor } from '../../../../src/verify/anchors/anchor.ts';
import { githubSigstore } from '../../../../src/verify/anchors/github-sigstore.ts';
import { refusal } from '../../../support/refusals.ts';
import { at as now, digestOf, sigstore, validFrom } from '../../../support/throwaway-sigstore.ts';

const github = createGithubSigstore(validFrom);
/** As it is today, with the public instance's beside it, and as it was. */
const [today, before] = [github.trustedRoots(sigstore.trustedRoot()), github.trustedRoot].map((text) =>
  Buffer.from(text),
) as [Buffer, Buffer];
const foreign = Buffer.from(createGithubSigstore(validFrom).trustedRoot);

type Pin = Parameters<typeof githubSigstore.scope>[0];

function anchorOf(former?: Uint8Array, file: Uint8Array | undefined = today): Anchor<Pin> {
  const pin = {
    type: 'github-sigstore' as const,
    file: 'root.jsonl',
    digest: digestOf(today),
    learnt: 'here',
  };
  return {
    ...{ name: 'github', kind: githubSigstore },
    pin: { ...pin, ...(former && { former: [digestOf(former)] }) },
    file: (name) => ({ name, path: `trust/${name}`, bytes: file }),
  };
}

const reopen = (kept: Uint8Array, anchor: Anchor<Pin>) =>
  Promise.resolve().then(() => githubSigstore.reopen!(kept, anchor, now));
const refuse = (code: ErrorCode, ...given: Parameters<typeof reopen>) =>
  refusal(reopen(...given), VerificationError, code);

describe('a kept root', () => {
  it('is that of today, whatever became of its file', async () => {
    for (const file of [today, undefined, foreign]) {
      const { certificateAuthorities } = await reopen(today, anchorOf(before, file));
      expect(certificateAuthorities).toHaveLength(1);
    }
  });

  it('is a former one that the pin lists, as far as that of today has it', async () => {
    expect((await reopen(before, anchorOf(before))).certificateAuthorities).toHaveLength(1);
    expect((await reopen(foreign, anchorOf(foreign))).certificateAuthorities).toEqual([]);
  });

  it('is that of today, also where the pin lists it among the former ones', async () => {
    const { certificateAuthorities } = await reopen(today, anchorOf(today, foreign));
    expect(certificateAuthorities).toHaveLength(1);
  });

  it('is none that the pin does not list, and none without that of today', async () => {
    await refuse('PIN_MISMATCH', before, anchorOf());
    await refuse('PIN_MISMATCH', before, anchorOf(foreign));
    const { message } = await refuse('PIN_MISMATCH', before, { ...anchorOf(before), file: missing });
    expect(message).toContain(digestOf(before));
    await refuse('PIN_MISMATCH', before, anchorOf(before, foreign));
  });

  function missing(name: string) {
    return { name, path: `trust/${name}`, bytes: undefined };
  }
});

it('shows its authorities, until when they are believed, and that it has no logs', async () => {
  const from = validFrom.toISOString();
  const held = async (text: string) => {
    const bytes = Buffer.from(text);
    const anchor = anchorOf(undefined, bytes);
    const pinned = { ...anchor, pin: { ...anchor.pin, digest: digestOf(bytes) } };
    return (await githubSigstore.report(bytes, pinned, now)).holds;
  };
  const ending = (end: string) =>
    github.trustedRoot.replaceAll(
      /"validFor":\s*\{[^}]*\}/g,
      `"validFor":{"start":"${from}","end":"${end}"}`,
    );
  for (const [text, until] of [
    [github.trustedRoot, 'without an end'],
    [ending('9999-12-31T23:59:59Z'), 'until 9999-12-31T23:59:59.000Z'],
    [ending('2030-01-01T00:00:00Z'), 'until 2030-01-01T00:00:00.000Z'],
  ] as const) {
    expect(await held(text)).toEqual([
      `certificate authority, believed from ${from} ${until}`,
      `timestamp authority, believed from ${from} ${until}`,
      'no logs: a signed time is what witnesses its signatures',
    ]);
  }
});
