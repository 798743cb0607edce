/**
 * What belongs to this program and is no code of it: trust anchors that it was released with, the code of its threads.
 * Files beside the build, or parts of the single executable (https://nodejs.org/api/single-executable-applications.html).
 */
import { readFileSync } from 'node:fs';
import { getRawAsset, isSea } from 'node:sea';
import { fileURLToPath } from 'node:url';

/** From a checkout without a build the parts are where the build takes them from. */
const folder = import.meta.url.endsWith('.ts') ? '../../' : './';

/** `name` in the build, such as `trust/pins.yaml`; undefined where there is no such part. */
export function readOwnPart(name: string): Uint8Array | undefined {
  try {
    if (isSea()) return new Uint8Array(getRawAsset(name));
    return readFileSync(fileURLToPath(new URL(folder + name, import.meta.url)));
  } catch (error) {
    if (error instanceof Error && 'code' in error && missing.includes(String(error.code))) return undefined;
    throw error;
  }
}

const missing = ['ENOENT', 'ERR_SINGLE_EXECUTABLE_APPLICATION_ASSET_NOT_FOUND'];
