/** Which anchors of pins.yaml a run is about. */
import type { TrustPins } from '../formats/trust-pins.ts';
import { UsageError } from '../model/errors.ts';

/** In the order of the file; all of them where `only` is undefined. Throws UsageError `USAGE` for an unknown name. */
export function selectAnchors(
  anchors: TrustPins['anchors'],
  only: readonly string[] | undefined,
  trustDir: string,
): readonly string[] {
  const all = Object.keys(anchors);
  const unknown = only?.find((name) => !all.includes(name));
  if (unknown !== undefined) {
    throw new UsageError('USAGE', `${trustDir}/pins.yaml has no anchor ${JSON.stringify(unknown)}`, {
      hint: `It has: ${all.join(', ')}.`,
    });
  }
  return only === undefined ? all : all.filter((name) => only.includes(name));
}
