import { resolve } from 'node:path';
import { expect, it } from 'vitest';
import { inWorkspace } from '../../../src/io/workflow-path.ts';

const here = process.cwd();

it.each([
  [here, 'manifests/catalogue.yaml', 'manifests/catalogue.yaml'],
  [here, './manifests/../manifests/catalogue.yaml', 'manifests/catalogue.yaml'],
  [here, resolve('manifests/catalogue.yaml'), 'manifests/catalogue.yaml'],
  [resolve('..'), 'catalogue.yaml', `${here.slice(here.lastIndexOf('/') + 1)}/catalogue.yaml`],
  [here, '..a/b', '..a/b'],
  // A page has no line to show it beside: the whole path says where it is.
  [here, '../elsewhere/catalogue.yaml', resolve('../elsewhere/catalogue.yaml')],
  [here, '/etc/pins.yaml', '/etc/pins.yaml'],
  ['', 'catalogue.yaml', 'catalogue.yaml'],
  [here, 'oci://registry.example/team@sha256:0', undefined],
  [here, 'https://a.example/x.json', undefined],
])('in %s, %s is %s', (workspace, file, expected) => {
  expect(inWorkspace({ GITHUB_WORKSPACE: workspace })(file)).toBe(expected);
});
