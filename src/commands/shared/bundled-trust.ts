/** The trust anchors that this program was released with: those of its repository's trust/ then. */
import { readOwnPart } from '../../io/own-parts.ts';
import type { FileStore } from '../../model/ports.ts';
import { readTrust } from '../../pipeline/trust/anchors.ts';
import type { Trust } from '../../verify/anchors/trust.ts';

const parts: FileStore = {
  read: (path) => Promise.resolve(readOwnPart(path)),
  replaceAll: () => Promise.reject(new TypeError('what a program was released with is not written')),
};

/** As `readTrust` reads a directory; its files are opened against these pins, as those of a directory are. */
export function bundledTrust(): Promise<Trust> {
  return readTrust('trust', parts);
}
