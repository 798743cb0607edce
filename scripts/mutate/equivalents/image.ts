/** `src/verify/image`, `src/verify/sbom`. */
import type { Equivalent } from '../equivalent.ts';

export const image: readonly Equivalent[] = [];
