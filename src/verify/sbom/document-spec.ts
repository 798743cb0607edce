/** What the catalogue says of a bill of materials. */
import { z } from 'zod';
import {
  hasRelease,
  pathTemplateSchema,
  textTemplateSchema,
  urlTemplateSchema,
  writtenNameTemplateSchema,
} from '../../formats/own/template.ts';

const ofVersion = [
  hasRelease,
  { error: 'must have {version} or {tag}: it is what binds the version' },
] as const;
export const ofEither = [
  (text: string) => text.includes('{asset}'),
  { error: 'must have {asset}: there is one beside the asset and one beside the document' },
] as const;

export const documentSchema = z.strictObject({
  url: urlTemplateSchema.describe('template: its URL, with `{tag}` or `{version}` in the path'),
  name: writtenNameTemplateSchema.refine(...ofVersion).describe('template: its DocumentName, exactly'),
  namespace: textTemplateSchema.refine(...ofVersion).describe('template: its DocumentNamespace, exactly'),
  path: pathTemplateSchema.describe(
    'template: the path in the release that it lists the file by, such as `bin/linux/{arch}/{asset}`',
  ),
});
