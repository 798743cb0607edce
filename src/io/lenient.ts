/** What is no fault where nobody needs it: a file that is not there, a cache that cannot be used. */
import type { Stats } from 'node:fs';
import { lstat } from 'node:fs/promises';
import { AssayError } from '../model/errors.ts';
import { errnoOf } from './temporary-file.ts';

/** Links are not followed. Rejects with the system's errors, but for ENOENT. */
export async function lstatOrNothing(path: string): Promise<Stats | undefined> {
  try {
    return await lstat(path);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** Undefined where `action` ends in an error that is foreseen. */
export async function unlessRefused<T>(action: Promise<T>): Promise<T | undefined> {
  try {
    return await action;
  } catch (error) {
    if (error instanceof AssayError) return undefined;
    throw error;
  }
}
