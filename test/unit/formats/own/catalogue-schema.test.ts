import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { catalogueJsonSchema } from '../../../../src/formats/own/catalogue-schema.ts';
import { shelfAndServer } from '../../../support/catalogue-schemas.ts';

describe('catalogueJsonSchema', () => {
  it('knows every type of source and every method, and refuses unknown keys', () => {
    const text = JSON.stringify(catalogueJsonSchema(shelfAndServer));
    for (const word of ['"shelf"', '"server"', '"seal"', '"checksum"', '"book"', '"tag"']) {
      expect(text).toContain(word);
    }
    expect(catalogueJsonSchema(shelfAndServer)).toMatchObject({
      $schema: 'http://json-schema.org/draft-07/schema#',
      required: ['version', 'kinds', 'platforms', 'sources', 'dependencies'],
      additionalProperties: false,
    });
  });
});

describe('docs/catalogue.md', () => {
  it('quotes the real catalogue', () => {
    const root = join(import.meta.dirname, '../../../..');
    const docs = readFileSync(join(root, 'docs/catalogue.md'), 'utf8');
    const catalogue = readFileSync(join(root, 'manifests/catalogue.yaml'), 'utf8')
      .split('\n')
      .filter((line) => !/^\s*#(?! yaml-language-server)/.test(line));
    const quotes = [...docs.matchAll(/```yaml\n([^`]*)```/g)].map((match) => match[1]!.trimEnd());
    expect(quotes.length).toBeGreaterThan(3);
    for (const quote of quotes) expect(catalogue.join('\n')).toContain(quote);
  });
});
