/** Versions out of tags, by the template that makes tags out of versions. */
import { VerificationError } from '../model/errors.ts';

/** Throws VerificationError `EVIDENCE_MALFORMED` for a tag that the template does not make. */
export function versionOfTag(tag: string, template: string, where: string): string {
  const [before = '', after = ''] = template.split('{version}');
  const version = tag.slice(before.length, tag.length - after.length);
  const isOurs = tag.startsWith(before) && tag.endsWith(after) && tag.length > before.length + after.length;
  if (isOurs && /^\d[A-Za-z0-9.+~-]*$/.test(version)) return version;
  throw new VerificationError(
    'EVIDENCE_MALFORMED',
    `${where} names ${JSON.stringify(tag.slice(0, 80))}, which is not of the form ${template}`,
  );
}
