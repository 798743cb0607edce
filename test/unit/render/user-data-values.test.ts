import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../../../src/model/errors.ts';
import { parseUserDataValues, userDataValuesOf } from '../../../src/render/user-data-values.ts';

const certificate = readFileSync(new URL('../../fixtures/tls/loopback.crt.pem', import.meta.url), 'utf8');
const sshKey = `ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA${'A'.repeat(43)} me@example`;
const nonce = 'eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl';
const whole = {
  hostname: 'node-1.example',
  sshUser: 'debian',
  sshAuthorizedKeys: [sshKey],
  registration: { url: 'https://register.example:8443', timeout: '5m' },
  ...{ nonce, caCertificate: certificate },
  env: { CLUSTER_NAME: 'one $HOME' },
};
const parse = (value: object, overrides = {}) =>
  parseUserDataValues(JSON.stringify(value), 'v.yaml', overrides);

describe('parseUserDataValues', () => {
  it('takes all that there is, and a host name alone', () => {
    expect(parse(whole)).toEqual({ ...whole, registration: { ...whole.registration, timeout: 300_000 } });
    expect(parse({ hostname: 'a' })).toEqual({ hostname: 'a', sshUser: 'root', env: {} });
  });

  it('lets flags count more', () => {
    const values = parse(whole, { hostname: 'node-2', registrationUrl: 'https://other.example' });
    expect(values.hostname).toBe('node-2');
    expect(values.registration).toEqual({ url: 'https://other.example', timeout: 300_000 });
    expect(userDataValuesOf({ hostname: 'a', nonce }).nonce).toBe(nonce);
  });

  it.each<[string, object]>([
    ['no host name', { hostname: undefined }],
    ...[
      '-a',
      'a-',
      'A',
      'a_b',
      'a..b',
      'a b',
      'a\nb',
      '',
      '1',
      '10.0.0.1',
      'a'.repeat(64),
      "a'b",
      '$(a)',
    ].map((hostname): [string, object] => [`the host name ${JSON.stringify(hostname)}`, { hostname }]),
    ['a user with a slash', { sshUser: '../x' }],
    ['no keys', { sshAuthorizedKeys: [] }],
    ['a key with options', { sshAuthorizedKeys: [`command="x" ${sshKey}`] }],
    ['a key of two lines', { sshAuthorizedKeys: [`${sshKey}\n${sshKey}`] }],
    ['a private key', { sshAuthorizedKeys: ['-----BEGIN OPENSSH PRIVATE KEY-----'] }],
    ['the same key twice', { sshAuthorizedKeys: [sshKey, sshKey] }],
    ['registration by plain HTTP', { registration: { url: 'http://register.example' } }],
    ['registration without end', { registration: { url: 'https://a.example', timeout: '0s' } }],
    ['a nonce without a signature', { nonce: 'eyJ9.eyJ9.' }],
    ['a nonce of two lines', { nonce: `${nonce}\n${nonce}` }],
    ['a certificate with a key', { caCertificate: `${certificate}-----BEGIN PRIVATE KEY-----\nAAAA\n` }],
    ['a certificate that is none', { caCertificate: 'certificate' }],
    ['a variable in lower case', { env: { a: 'b' } }],
    ['a variable with a return', { env: { A: 'b\r\nc' } }],
    ['a variable with NUL', { env: { A: 'b\0' } }],
    ['a variable that is no text', { env: { A: 1 } }],
    ['what nobody knows', { hostnme: 'a' }],
  ])('refuses %s', (_, change) => {
    expect(() => parse({ ...whole, ...change })).toThrow(expect.objectContaining({ code: 'VALUES_INVALID' }));
  });

  it('quotes no value, and says the line', () => {
    const text = 'hostname: a\nnonce: s3cret-one\nenv:\n  A: "s3cret-two\\r"\n';
    try {
      parseUserDataValues(text, 'v.yaml');
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(UsageError);
      const { message, context, hint } = error as UsageError;
      expect(message).toContain('v.yaml:2:8: nonce: must be a signed JSON Web Token');
      expect(message).toContain('v.yaml:4:6: env: must be lines');
      expect(JSON.stringify([message, context, hint])).not.toContain('s3cret');
    }
  });

  const secret = 'hunter2';
  /** Every way in which something is no plain text to YAML, or is no value of its field, as people leave quotes out. */
  const slips = [
    ...[
      '!',
      '!!',
      '! ',
      '|',
      '>',
      '&',
      '*',
      '@',
      '`',
      '%',
      '{',
      '[',
      '- ',
      '? ',
      '"',
      "'",
      '"\\',
      '#',
      ',',
      ':',
    ],
    ...[
      '}',
      ']',
      '&a &',
      '*a *',
      '!<',
      '!a !',
      '|-',
      '>9',
      '"\\x',
      '"\\q',
      ': ',
      'x: ',
      'x: y: ',
      '\t',
      '---\n',
    ],
    ...[
      '\n',
      '\n\t',
      '\n ',
      '\n  - ',
      '\n    x: ',
      '\n    PASSWORD: ',
      '{ x: ',
      '{ x: y, ',
      '[ x, ',
      '~\n  ',
      "'x'",
    ],
  ].flatMap((before) =>
    ['', '}', ']', '"', "'", ': x', '\n  - x', ' &a', '\u0000'].map((after) => before + secret + after),
  );
  const places: ((slip: string) => string)[] = [
    (slip) => `hostname: a\nenv:\n  PASSWORD: ${slip}\n`,
    (slip) => `hostname: a\nenv:\n  ${slip}\n`,
    (slip) => `hostname: a\nenv: ${slip}\n`,
    (slip) => `hostname: a\nenv: { ${slip} }\n`,
    (slip) => `hostname: a\nnonce: ${slip}\n`,
    (slip) => `hostname: a\nnonce: |\n${slip}\n`,
    (slip) => `hostname: a\n${slip}\n`,
    (slip) => `hostname: ${slip}\n`,
    (slip) => `hostname: a\nsshUser: ${slip}\n`,
    (slip) => `hostname: a\nsshAuthorizedKeys: [${slip}]\n`,
    (slip) => `hostname: a\nregistration: ${slip}\n`,
    (slip) => `hostname: a\nregistration: { ${slip} }\n`,
    (slip) => `hostname: a\nregistration: { url: "https://u:${slip}@a.example" }\n`,
    (slip) => `hostname: a\nregistration: { url: https://a.example, timeout: ${slip} }\n`,
    (slip) => `hostname: a\ncaCertificate: ${slip}\n`,
    (slip) => `hostname: a\nproxy: { https: ${slip} }\n`,
    (slip) => `hostname: a\nproxy: { https: "http://u:${slip}@" }\n`,
    (slip) => `hostname: a\nmirror: ${slip}\n`,
    (slip) => `hostname: a\nregistry: { username: x, password: ${slip} }\n`,
    (slip) => slip,
  ];

  it('says nothing of a text, whatever is wrong with it and wherever', () => {
    let [tried, refused] = [0, 0];
    for (const [at, place] of places.entries()) {
      // Each slip in a third of the places, and each place with a third of the slips.
      for (const slip of slips.filter((_, index) => (at + index) % 3 === 0)) {
        tried += 1;
        try {
          parseUserDataValues(place(slip), 'v.yaml');
        } catch (error) {
          expect(error).toMatchObject({ code: 'VALUES_INVALID' });
          const { message, context, hint, stack, cause } = error as UsageError;
          const told = JSON.stringify([message, context, hint, stack, String(cause)]);
          expect(told, JSON.stringify(place(slip))).not.toContain(secret);
          expect(message).toMatch(/^ {2}v\.yaml:\d+:\d+: /m);
          refused += 1;
        }
      }
    }
    expect(refused).toBeGreaterThan(tried / 2);
  });

  it('says nothing of a flag either', () => {
    for (const overrides of [
      { hostname: `${secret}!` },
      { hostname: 'a', nonce: secret },
      { hostname: 'a', caCertificate: secret },
      { hostname: 'a', registrationUrl: `https://u:${secret}@a.example` },
      { hostname: 'a', sshAuthorizedKeys: [secret] },
    ]) {
      try {
        userDataValuesOf(overrides);
        expect.unreachable();
      } catch (error) {
        const { message, context, hint, code } = error as UsageError;
        expect(code).toBe('VALUES_INVALID');
        expect(JSON.stringify([message, context, hint])).not.toContain(secret);
      }
    }
  });
});

describe('what a VM fetches through', () => {
  const values = (value: object) => parse({ hostname: 'a', ...value });

  it.each<[string, object]>([
    [
      'a proxy for all',
      { proxy: { http: 'http://proxy.example:3128', https: 'http://proxy.example:3128/' } },
    ],
    ['a proxy with a password', { proxy: { https: "socks5://u:p'w@10.0.0.1:1080" } }],
    [
      'what goes past it',
      { proxy: { https: 'https://p.example', noProxy: ['.example', '10.0.0.0/8', '[::1]', '*'] } },
    ],
    ['a second mirror', { mirror: { fallback: 'http://10.0.0.2:8080/assay' } }],
    ['a password', { registry: { username: '_json_key', password: '{\n\t"type": "service_account"\n}\n' } }],
    ['a file of passwords', { registry: { authFile: '/root/.docker/config.json' } }],
    ['an authority', { mirror: { caCertificate: certificate } }],
  ])('takes %s', (_, value) => {
    expect(values(value)).toMatchObject(value);
  });

  it.each<[string, object]>([
    ['a proxy of another kind', { proxy: { https: 'ftp://proxy.example' } }],
    ['a proxy without a scheme', { proxy: { https: 'proxy.example:3128' } }],
    ['a proxy with a path', { proxy: { https: 'http://proxy.example/x' } }],
    ['a proxy with a line feed', { proxy: { https: 'http://proxy.example\nx' } }],
    ['a proxy of another name', { proxy: { ftp: 'http://proxy.example' } }],
    ['hosts in one text', { proxy: { https: 'http://p.example', noProxy: 'a.example,b.example' } }],
    ['a host that is none', { proxy: { https: 'http://p.example', noProxy: ["a'b"] } }],
    ['a mirror with a password', { mirror: { fallback: 'https://u:p@mirror.example' } }],
    ['a mirror with a query', { mirror: { fallback: 'https://mirror.example/?x' } }],
    ['a mirror that is a path', { mirror: { fallback: '/mirror' } }],
    ['a mirror with a quote', { mirror: { fallback: 'https://mirror.example/"x"' } }],
    ['a mirror of dots', { mirror: { fallback: 'https://mirror.example/a/../b' } }],
    ['a name with a colon', { registry: { username: 'a:b', password: 'x' } }],
    ['a name without a password', { registry: { username: 'a' } }],
    ['an empty password', { registry: { username: 'a', password: '' } }],
    ['both', { registry: { username: 'a', password: 'x', authFile: '/x' } }],
    ['a file that is anywhere', { registry: { authFile: 'config.json' } }],
    ['an authority that is a key', { mirror: { caCertificate: '-----BEGIN PRIVATE KEY-----\nAAAA\n' } }],
  ])('refuses %s', (_, value) => {
    expect(() => values(value)).toThrow(expect.objectContaining({ code: 'VALUES_INVALID' }));
  });
});

describe('registration', () => {
  const registration = (url: string, timeout?: string) =>
    parse({ hostname: 'a', registration: { url, ...(timeout === undefined ? {} : { timeout }) } })
      .registration;

  it('takes a port, and never gives up where that is said', () => {
    expect(registration('tcp://register.example:8992')).toEqual({ url: 'tcp://register.example:8992' });
    expect(registration('tcp://[fd00::1]:8992', '5m')).toEqual({
      url: 'tcp://[fd00::1]:8992',
      timeout: 300_000,
    });
    expect(registration('https://register.example', 'never')?.timeout).toBe('never');
  });

  it.each([
    ...[
      'tcp://register.example',
      'tcp://register.example:0',
      'tcp://register.example:70000',
      'tcp://a:1/x',
      'tcp://a:1?x',
    ],
    ...[
      'tcp://u:p@a.example:1',
      'tcp://a b:1',
      "tcp://a';id;'.example:1",
      'tcp://[::g]:1',
      'udp://a.example:1',
      'tcp:a:1',
    ],
  ])('refuses %s', (url) => {
    expect(() => registration(url)).toThrow(expect.objectContaining({ code: 'VALUES_INVALID' }));
  });

  it.each(['0s', 'ever', 'Never', 5])('refuses to wait for %j', (timeout) => {
    expect(() => registration('tcp://a.example:1', timeout as string)).toThrow(
      expect.objectContaining({ code: 'VALUES_INVALID' }),
    );
  });
});

describe('values of a template', () => {
  const template = (value: object) =>
    parseUserDataValues(
      JSON.stringify({ hostname: '{{ .Instance.ID }}', ...value }),
      'v.yaml',
      {},
      { isTemplate: true },
    );

  it('have fields in what differs from VM to VM', () => {
    const value = {
      ...{
        sshAuthorizedKeys: ['{{ .Key }}', sshKey],
        registration: { url: 'tcp://{{ .Server.RegistrationAddr }}' },
      },
      ...{
        nonce: '{{ .Nonce }}',
        caCertificate: '{{ .Cluster.CACert }}',
        env: { A: 'x {{ .A }} {{"{{"}} y' },
      },
    };
    expect(template(value)).toMatchObject({ hostname: '{{ .Instance.ID }}', ...value });
  });

  it('are otherwise what they were', () => {
    const registry = { username: 'a', password: 'x{{y' };
    expect(template({ registry }).registry).toEqual(registry);
    expect(template({ ...whole, hostname: 'node-1' })).toEqual(parse({ ...whole, hostname: 'node-1' }));
    expect(template({ registration: { url: 'https://a.example/' } }).registration?.url).toBe(
      'https://a.example',
    );
  });

  it.each<[string, object]>([
    ['a pipeline', { hostname: '{{ .Instance.ID | lower }}' }],
    ['a condition', { env: { A: '{{ if .A }}x{{ end }}' } }],
    ['braces that are no field', { env: { A: 'docker --format {{json .}}' } }],
    ['what eats its surroundings', { nonce: '{{- .Nonce }}' }],
    ['a control character beside a field', { env: { A: '{{ .A }}\r' } }],
    ['a field for the user', { sshUser: '{{ .User }}' }],
    ['a field for a proxy', { proxy: { https: '{{ .Proxy }}' } }],
    ['a field in a password', { registry: { username: 'a', password: 'x{{ .Password }}' } }],
    ['a field in the password of a proxy', { proxy: { https: 'http://u:{{.Password}}@p.example' } }],
    ['a field for a mirror', { mirror: { fallback: '{{ .Mirror }}' } }],
    ['a field for the time', { registration: { url: 'tcp://{{ .A }}', timeout: '{{ .B }}' } }],
    ['a field in the name of a variable', { env: { '{{ .A }}': 'x' } }],
    ['a host name that is none', { hostname: 'a b' }],
    ['no host name', { hostname: undefined }],
    ['a number', { env: { A: 1 } }],
  ])('refuse %s', (_, value) => {
    expect(() => template(value)).toThrow(expect.objectContaining({ code: 'VALUES_INVALID' }));
  });

  it('are no values without --template, but for text', () => {
    for (const value of [{ hostname: '{{ .A }}' }, { nonce: '{{ .A }}' }, { caCertificate: '{{ .A }}' }]) {
      expect(() => parse({ ...whole, ...value })).toThrow(
        expect.objectContaining({ code: 'VALUES_INVALID' }),
      );
    }
    expect(parse({ hostname: 'a', env: { A: '{{ if }}' } }).env).toEqual({ A: '{{ if }}' });
  });
});
