/** User-data with texts from a document in it: all that it knows, up to its first step. */
import { renderCompressed } from '../../src/render/compressed-script.ts';
import { defaultFetchOptions } from '../../src/render/fetch-script/fetch-script.ts';
import { asTemplate } from '../../src/render/go-template.ts';
import { bootSteps } from '../../src/render/user-data-shell.ts';
import { renderUserData } from '../../src/render/user-data.ts';
import type { UserDataValues } from '../../src/render/user-data-schema.ts';
import { sampleManifest } from '../support/manifest-sample.ts';
import { inEveryShell } from './shell-room.ts';
import { print, same, Texts } from './shell-texts.ts';
import { BrokenPromise, type Input } from './target.ts';

const manifest = sampleManifest();
const fetch = {
  ...defaultFetchOptions,
  registry: { url: 'https://registry.example/v2/a', authKeys: ['registry.example'] },
};

/** What the steps would use. The environment file is read as a shell reads it. */
const probe = `
${print}
p "$host_name" "$ssh_user" "$ssh_keys" "\${http_proxy-}" "\${https_proxy-}" "\${no_proxy-}"
print_nonce; p ''
print_ca; p ''
print_environment >settings
. ./settings
p "$A" "$B_1" "$INSTANCE_ID" "$IMMUTABLE_SSH_AUTHORIZED_KEYS"
print_proxies >settings
. ./settings
p "$HTTP_PROXY" "$HTTPS_PROXY" "$NO_PROXY"
exit 0
`;

/** Not as the rules for values would have them, but where the renderer itself refuses. */
function valuesOf(texts: Texts): UserDataValues {
  return {
    ...{ hostname: texts.lines(), sshUser: texts.next(), sshAuthorizedKeys: [texts.lines(), texts.lines()] },
    ...{ registration: { url: 'tcp://a.example:1', timeout: 'never' } },
    ...{ nonce: texts.next(), caCertificate: texts.next() },
    proxy: { http: texts.lines(), https: texts.lines(), noProxy: [texts.lines(), texts.lines()] },
    registry: { username: texts.next(), password: texts.next() },
    env: { PROVIDER_KIND: 'local', A: texts.lines(), B_1: texts.lines() },
  };
}

export function userDataWords(input: Input): void {
  const values = valuesOf(new Texts(input));
  const {
    hostname,
    sshUser,
    sshAuthorizedKeys: keys = [],
    nonce = '',
    caCertificate = '',
    proxy = {},
    env,
  } = values;
  const whole = renderUserData({ manifest, items: [], values, fetch });
  const script = replacedSteps(whole, bootSteps);
  const proxies = [proxy.http, proxy.https, proxy.noProxy?.join(',')];
  const expected = [
    ...[hostname, sshUser, keys.map((key) => `${key}\n`).join(''), ...proxies, `${nonce}\n`, caCertificate],
    ...[env['A'], env['B_1'], hostname, keys.join('\n'), ...proxies],
  ];
  for (const form of [script, renderCompressed(script)]) {
    inEveryShell(form, ({ status, stdout, calls }) => {
      same('word', stdout, expected);
      same('exit code', [status, calls.length], [0, 0]);
    });
  }
}

function replacedSteps(script: string, steps: string): string {
  const at = script.lastIndexOf(steps);
  if (at < 0) throw new BrokenPromise('the script does not have its steps');
  return script.slice(0, at) + probe + script.slice(at + steps.length);
}

/** Of what is filled in, what the script has to take; all else has to stop it. */
function isText(text: string): boolean {
  if (/[\x00-\x08\x0b-\x1f\x7f]/.test(text) || text.includes('<no value>')) return false;
  if (/\{\{[^]*\.[^]*\}\}/.test(text)) return false;
  return !text.split('\n').some((line) => line.startsWith('=ASSAY_VALUES '));
}

/** As a template, filled in as Go's text/template would do it. */
export function filledIn(input: Input): void {
  const texts = new Texts(input);
  const [own, first, second] = [texts.lines().replaceAll('{{', '{'), texts.next(), texts.next()];
  const values: UserDataValues = {
    ...{ hostname: 'a', sshUser: 'root', sshAuthorizedKeys: ['k'], nonce: 'n', caCertificate: 'c' },
    proxy: { http: 'h', https: 's', noProxy: ['o'] },
    env: { PROVIDER_KIND: 'local', A: `{{ .A.B }}`, B_1: `${own}{{.C}}` },
  };
  const template = renderUserData({
    ...{ manifest, items: [], values },
    fetch: defaultFetchOptions,
    isTemplate: true,
  });
  const fields: Readonly<Record<string, string>> = { '.A.B': first, '.C': second };
  const filled = replacedSteps(template, asTemplate(bootSteps)).replaceAll(
    /\{\{[ \t]*(?:"\{\{"|(\.[A-Za-z_.]+))[ \t]*\}\}/g,
    (_, field?: string) => (field === undefined ? '{{' : fields[field]!),
  );
  const isGood = [first, `${own}${second}`].every(isText);
  inEveryShell(filled, ({ status, stdout }) => {
    same('exit code', [status], [isGood ? 0 : 2]);
    const expected = [
      'a',
      'root',
      'k\n',
      'h',
      's',
      'o',
      'n\n',
      'c',
      first,
      `${own}${second}`,
      'a',
      'k',
      'h',
      's',
      'o',
    ];
    same('word', stdout, isGood ? expected : []);
  });
}
