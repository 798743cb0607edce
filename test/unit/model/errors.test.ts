/** An error's code belongs to its class: the compiler refuses another, and these lines with it, should it stop. */
import { describe, expect, it } from 'vitest';
import { PolicyError, TransportError, UsageError, VerificationError } from '../../../src/model/errors.ts';

it('ties each code to its class', () => {
  const mistaken = [
    // @ts-expect-error: a refusal is no mistake of the caller's
    new UsageError('DIGEST_MISMATCH', ''),
    // @ts-expect-error: what was refused must never be retried
    new TransportError('SIGNATURE_INVALID', ''),
    // @ts-expect-error: unreachable is not refused
    new VerificationError('UNREACHABLE', ''),
    // @ts-expect-error: nobody decides about a malformed document
    new PolicyError('EVIDENCE_MALFORMED', ''),
  ];
  expect(mistaken.map(({ exitCode }) => exitCode)).toEqual([2, 4, 5, 6]);
});

it('knows the code of a caught class', () => {
  const error: unknown = new VerificationError('DIGEST_MISMATCH', 'the bytes are others');
  if (!(error instanceof VerificationError)) throw error;
  // @ts-expect-error: a VerificationError never has this code
  expect(error.code === 'UNREACHABLE').toBe(false);
});

describe('toJSON', () => {
  it('is what the error says as data, with what caused it, and no stack', () => {
    const cause = new TransportError('NOT_FOUND', 'gone', { cause: new TypeError('odd') });
    const error = new VerificationError('EVIDENCE_MISSING', 'none', {
      ...{ hint: 'Look again.', context: { at: new Date(0) }, cause },
    });
    expect(JSON.parse(JSON.stringify({ error }))).toEqual({
      error: {
        ...{ name: 'VerificationError', code: 'EVIDENCE_MISSING', message: 'none', hint: 'Look again.' },
        context: { at: '1970-01-01T00:00:00.000Z' },
        cause: {
          ...{ name: 'TransportError', code: 'NOT_FOUND', message: 'gone', context: {} },
          cause: { name: 'TypeError', message: 'odd' },
        },
      },
    });
  });

  it('cuts what nobody could read, and leaves whole characters', () => {
    const { message } = new VerificationError('EVIDENCE_MALFORMED', `a${'\u{1f4a9}'.repeat(5000)}`, {
      lines: ['short', 'x'.repeat(1 << 20)],
    });
    const [first = '', second, third = ''] = message.split('\n');
    expect([first.length, second, third.length]).toEqual([4001, 'short', 4001]);
    expect(message.isWellFormed()).toBe(true);
  });
});
