/** One request that cannot be judged is one failure; a bug is none of them. */
import { describe, expect, it } from 'vitest';
import { TransportError, VerificationError } from '../../../src/model/errors.ts';
import { failed } from '../../../src/sources/failed.ts';

function overflow(): number {
  return 1 + overflow();
}

function thrownBy(action: () => unknown): unknown {
  try {
    return action();
  } catch (error) {
    return error;
  }
}

describe('a request whose judging throws', () => {
  it('has failed, by an error of ours', () => {
    const error = new TransportError('NOT_FOUND', 'not found');
    expect(failed(error)).toEqual({ status: 'failed', error });
  });

  it.each([
    ['a stack that ran out', overflow],
    ['a string that is too long', () => 'x'.repeat(2 ** 29).repeat(8)],
    ['a length that is none', () => Buffer.alloc(-1)],
  ])('has failed, by %s', (_, action) => {
    const cause = thrownBy(action);
    expect(cause).toBeInstanceOf(RangeError);
    const { error } = failed(cause);
    expect(error).toBeInstanceOf(VerificationError);
    expect(error).toMatchObject({ code: 'LIMIT_EXCEEDED', cause });
  });

  it.each([new TypeError('x is undefined'), new Error('assertion'), 'text'])('throws on a bug: %s', (bug) => {
    expect(thrownBy(() => failed(bug))).toBe(bug);
  });
});
