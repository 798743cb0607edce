/**
 * What belongs to this program and is no code of it: the trust anchors that it was released with. Files beside the build,
 * inside of the single executable too, which has file names for them (scripts/release/executable.ts).
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** From a checkout without a build the parts are where the build takes them from. */
const folder = import.meta.url.endsWith('.ts') ? '../../' : './';

/** `name` in the build, such as `trust/pins.yaml`; undefined where there is no such part. */
export function readOwnPart(name: string): Uint8Array | undefined {
  try {
    return readFileSync(fileURLToPath(new URL(folder + name, import.meta.url)));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
