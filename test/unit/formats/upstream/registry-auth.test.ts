import { describe, expect, it } from 'vitest';
import {
  parseHelperAnswer,
  parseRegistryAuth,
  placesOf,
} from '../../../../src/formats/upstream/registry-auth.ts';
import { UsageError } from '../../../../src/model/errors.ts';
import { refusal } from '../../../support/refusals.ts';

const secret = 'hunter2';
const base64 = (text: string) => Buffer.from(text).toString('base64');
const parse = (value: unknown) =>
  parseRegistryAuth(Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)), 'auth.json');
const entryOf = (entry: unknown, key = 'r.example') => parse({ auths: { [key]: entry } }).auths;
const password = (username: string, text: string) => ({ kind: 'password', username, password: text });

describe('an entry', () => {
  const serviceAccount = JSON.stringify({ type: 'service_account', private_key: '-----\nabc:\n-----\n' });
  it.each<[string, unknown, unknown]>([
    ['a user and a password', { auth: base64(`u:${secret}`) }, password('u', secret)],
    ['a password with colons', { auth: base64('u:a:b:c') }, password('u', 'a:b:c')],
    ['an empty password', { auth: base64('u:') }, password('u', '')],
    ['umlauts', { auth: base64('jörg:größe') }, password('jörg', 'größe')],
    ['one that docker filled up', { auth: base64(`u:${secret}\0\0`) }, password('u', secret)],
    [
      'what base64 has broken into lines',
      { auth: base64(`u:${secret}`).replace(/.{4}/g, '$&\n') },
      password('u', secret),
    ],
    ['both in clear', { username: 'u', password: secret }, password('u', secret)],
    [
      "a service account's key",
      { auth: base64(`_json_key:${serviceAccount}`) },
      password('_json_key', serviceAccount),
    ],
    [
      "a service account's key in clear",
      { username: '_json_key', password: serviceAccount },
      password('_json_key', serviceAccount),
    ],
    [
      'an identity token, before all else',
      { auth: base64('0-0:'), identitytoken: secret },
      { kind: 'identity-token', token: secret },
    ],
    ['a token for the registry', { registrytoken: secret }, { kind: 'registry-token', token: secret }],
    ['nothing, since a helper has it', {}, undefined],
    ['an e-mail address alone', { email: 'a@b.example', auth: '' }, undefined],
  ])('is read: %s', (_, entry, expected) => {
    expect(entryOf(entry).get('r.example')?.secret).toEqual(expected);
  });

  it.each([
    ['r.example', 'r.example'],
    ['r.example:5000', 'r.example:5000'],
    ['https://r.example', 'r.example'],
    ['https://r.example/v1/', 'r.example'],
    ['http://r.example/v2/anything', 'r.example'],
    ['r.example/v2/', 'r.example'],
    ['r.example/', 'r.example'],
    ['r.example/team/project', 'r.example/team/project'],
    ['https://index.docker.io/v1/', 'docker.io'],
    ['index.docker.io', 'docker.io'],
    ['registry-1.docker.io', 'docker.io'],
    ['docker.io/team', 'docker.io/team'],
  ])('under %s is for %s', (key, place) => {
    expect([...entryOf({ auth: base64('u:p') }, key).keys()]).toEqual([place]);
  });

  it('without a scheme counts before an old one of the same registry', () => {
    const [old, current] = [{ auth: base64('old:p') }, { auth: base64('new:p') }];
    for (const auths of [
      { 'https://r.example/v1/': old, 'r.example': current },
      { 'r.example': current, 'https://r.example/v1/': old },
    ]) {
      expect(parse({ auths }).auths.get('r.example')?.secret).toEqual(password('new', 'p'));
    }
  });
});

it('is looked for from the most specific place on', () => {
  expect(placesOf({ registry: 'r.example:5000', repository: 'a/b/c' })).toEqual([
    ...['r.example:5000/a/b/c', 'r.example:5000/a/b', 'r.example:5000/a', 'r.example:5000'],
  ]);
});

describe('a helper', () => {
  it('is that of the registry, else the one of all', () => {
    const { helperFor } = parse({ credsStore: 'pass', credHelpers: { 'r.example': 'ecr-login' } });
    expect(helperFor('r.example')).toEqual({ name: 'ecr-login', server: 'r.example' });
    expect(helperFor('other.example')).toEqual({ name: 'pass', server: 'other.example' });
  });

  it('knows the registry of docker by its old name', () => {
    const server = 'https://index.docker.io/v1/';
    expect(parse({ credsStore: 'pass' }).helperFor('docker.io')).toEqual({ name: 'pass', server });
    expect(parse({ credHelpers: { [server]: 'x' } }).helperFor('docker.io')).toEqual({ name: 'x', server });
    expect(parse({ credHelpers: { 'docker.io': 'x' } }).helperFor('docker.io')).toEqual({
      name: 'x',
      server,
    });
  });

  it('need not be there', () => {
    for (const file of ['', {}, { auths: null, credHelpers: null }, { credsStore: '' }]) {
      expect(parse(file).helperFor('r.example')).toBeUndefined();
    }
  });

  it('answers with a password, or with a token in its place', () => {
    const answer = (Username: string) =>
      parseHelperAnswer(Buffer.from(JSON.stringify({ ServerURL: 'x', Username, Secret: secret })), 'it');
    expect(answer('u')).toEqual(password('u', secret));
    expect(answer('<token>')).toEqual({ kind: 'identity-token', token: secret });
    expect(answer('')).toEqual({ kind: 'identity-token', token: secret });
  });

  it.each([
    '',
    'null',
    '[]',
    '{"Username":"u"}',
    `{"Username":"u","Secret":12}`,
    `u ${secret}`,
    '{"Username":',
  ])('is not understood: %s', async (answer) => {
    const error = await refusal(
      () => parseHelperAnswer(Buffer.from(answer), 'docker-credential-x'),
      UsageError,
      'CREDENTIALS_INVALID',
    );
    expect(error.message).not.toContain(secret);
  });
});

describe('a file is refused, and none of its secrets is shown', () => {
  it.each<[string, unknown, RegExp]>([
    ['that is no JSON', `{"auths": {"r.example": {"auth": "${secret}" }`, /auth\.json:1:/],
    ['that is cut', `{"auths": {"r.example": {"auth": "${secret}`, /auth\.json:1:/],
    ['with a key twice', `{"${secret}":1,"${secret}":2}`, /auth\.json:1:\d+: a key is repeated/],
    ['that is a list', [secret], /auth\.json/],
    ['with auths that are a list', { auths: [secret] }, /auths/],
    ['with an entry that is text', { auths: { 'r.example': secret } }, /r\.example/],
    ['with a number as a password', { auths: { 'r.example': { auth: 12 } } }, /r\.example.*auth/],
    ['with what is not base64', { auths: { 'r.example': { auth: `${secret}!` } } }, /"r\.example"/],
    ['with base64 of no colon', { auths: { 'r.example': { auth: base64(secret) } } }, /"r\.example"/],
    ['with base64 of no user', { auths: { 'r.example': { auth: base64(`:${secret}`) } } }, /"r\.example"/],
    [
      'with a user that would end the header',
      { auths: { x: { username: 'a\nb', password: secret } } },
      /"x"/,
    ],
    ['with a user that has a colon', { auths: { x: { username: `a:${secret}`, password: 'p' } } }, /"x"/],
    ['with a password and no user', { auths: { x: { password: secret } } }, /"x"/],
    ['with credentials in a key', { auths: { [`https://u:${secret}@x`]: { auth: '!' } } }, /https:\/\/x/],
    ['with a helper that is a path', { credsStore: `../../${secret}` }, /credsStore/],
    ['with a helper that is a command', { credHelpers: { x: `a; ${secret}` } }, /credHelpers\.x/],
    ['with a helper that is an option', { credsStore: '-x' }, /credsStore/],
  ])('%s', async (_, value, shown) => {
    const error = await refusal(() => parse(value), UsageError, 'CREDENTIALS_INVALID');
    expect(error.message).toMatch(shown);
    expect(`${error.message} ${JSON.stringify(error)} ${error.stack ?? ''}`).not.toContain(secret);
  });
});
