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
    (slip) => slip,
  ];

  it('says nothing of a text, whatever is wrong with it and wherever', () => {
    let refused = 0;
    for (const place of places) {
      for (const slip of slips) {
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
    expect(refused).toBeGreaterThan((slips.length * places.length) / 2);
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
