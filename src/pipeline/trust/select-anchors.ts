/** Which anchors of pins.yaml a run is about. */
import type { TrustPins } from '../../formats/own/trust-pins.ts';
import { requireKnown } from '../require-known.ts';

/** In the order of the file; all of them where `only` is undefined. Throws UsageError `USAGE` for an unknown name. */
export function selectAnchors(
  anchors: TrustPins['anchors'],
  only: readonly string[] | undefined,
  trustDir: string,
): readonly string[] {
  const all = Object.keys(anchors);
  requireKnown('--only', only, all, `${trustDir}/pins.yaml`);
  return only === undefined ? all : all.filter((name) => only.includes(name));
}
