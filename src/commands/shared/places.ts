/** Where annotations of a job belong. For people nothing is looked for: their messages name what they are about. */
import { join } from 'node:path';
import { placesInYaml } from '../../formats/own/yaml-places.ts';
import { placesInJson } from '../../formats/text/strict-json.ts';
import type { AnnotatedPlace } from '../../model/annotation.ts';
import type { OwnFiles } from '../../model/own-files.ts';
import type { Host } from './host.ts';
import { isWorkflow } from './output.ts';

export type PlaceOf = (entry: string) => AnnotatedPlace | undefined;

/** Where the catalogue asks for an entry. */
export function placesInCatalogue(file: string, bytes: Uint8Array, { env }: Host): PlaceOf {
  if (!isWorkflow(env)) return () => undefined;
  let places: ReturnType<typeof placesInYaml> | undefined;
  return (entry) => {
    places ??= placesInYaml(Buffer.from(bytes).toString('utf8'));
    return { file, ...places(['dependencies', entry]) };
  };
}

/** Where a manifest has an entry; of what is no dependency of it, the nearest that is there. */
export async function placeInManifest(
  directory: string,
  fileName: string,
  entry: string | undefined,
  { files, host: { env } }: { readonly files: Pick<OwnFiles, 'read'>; readonly host: Host },
): Promise<AnnotatedPlace> {
  const file = join(directory, fileName);
  const bytes = isWorkflow(env) ? await files.read(file) : undefined;
  if (bytes === undefined) return { file };
  return {
    file,
    ...placesInJson(bytes)(['vmconfig', 'dependencies', ...(entry === undefined ? [] : [entry])]),
  };
}
