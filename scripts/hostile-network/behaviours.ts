/**
 * What stands at the other end of a connection may send, byte by byte: one name a fault. Each gets the socket once the
 * head of a request is there, and may hold it for as long as it likes.
 */
import type { Socket } from 'node:net';
import { gzipSync } from 'node:zlib';

export type Fault = (socket: Socket, url: string) => void;

const head = (status: string, ...lines: readonly string[]) =>
  `HTTP/1.1 ${status}\r\n${lines.join('\r\n')}\r\n`;
/** A whole answer, after which the connection is closed. */
const answer = (status: string, lines: readonly string[], body: string | Uint8Array = ''): Fault => {
  return (socket) => {
    socket.write(`${head(status, ...lines)}\r\n`);
    socket.end(body);
  };
};
const status = (code: string, ...lines: readonly string[]) =>
  answer(`${code} x`, ['content-length: 0', 'connection: close', ...lines]);
const redirect = (location: string) => status('302', `location: ${location}`);
const raw = (text: string): Fault => {
  return (socket) => void socket.end(text, 'latin1');
};

/** Again and again, as fast as it is taken, until the other side has had enough. */
const flood = (before: string, piece: string | Uint8Array): Fault => {
  return (socket) => {
    socket.write(before);
    const go = () => {
      while (!socket.destroyed && socket.write(piece));
    };
    socket.on('drain', go);
    go();
  };
};
const drip = (before: string, byte: string): Fault => {
  return (socket) => {
    socket.write(before);
    const timer = setInterval(() => socket.write(byte), 1000);
    socket.on('close', () => {
      clearInterval(timer);
    });
  };
};
const silent = (before = ''): Fault => {
  return (socket) => void socket.write(before);
};

const kilobytes = (count: number) => 'x'.repeat(count * 1024);
const bomb = gzipSync(Buffer.alloc(64 << 20));
const ok = (...lines: readonly string[]) => `${head('200 OK', ...lines)}\r\n`;

export const faults: Readonly<Record<string, Fault>> = {
  ...Object.fromEntries(
    [
      '204',
      '206',
      '304',
      '400',
      '401',
      '403',
      '404',
      '407',
      '408',
      '410',
      '416',
      '418',
      '500',
      '502',
      '511',
      '599',
    ].map((code) => [`status ${code}`, status(code)]),
  ),
  'status 429, for eleven days': status('429', 'retry-after: 999999'),
  'status 503, in the past': status('503', 'retry-after: Thu, 01 Jan 1970 00:00:00 GMT'),
  'status 1000': status('1000'),
  'status of letters': status('abc'),
  'a page that asks for a login': answer(
    '200 OK',
    ['content-type: text/html', 'content-length: 24'],
    '<html>Please log in</html>'.slice(0, 24),
  ),
  'an empty file': answer('200 OK', ['content-length: 0']),
  'other bytes': answer('200 OK', ['content-length: 100000'], 'y'.repeat(100_000)),
  'deep JSON': answer('200 OK', ['content-length: 200000'], '['.repeat(200_000)),
  'hung up at once': (socket) => void socket.destroy(),
  reset: (socket) => void socket.resetAndDestroy(),
  'cut in the head': raw('HTTP/1.1 200 OK\r\nconte'),
  'cut in the body': answer('200 OK', ['content-length: 1000'], 'half'),
  'cut in a chunk': answer('200 OK', ['transfer-encoding: chunked'], 'ff\r\nhalf'),
  silent: silent(),
  'silent in the head': silent('HTTP/1.1 200 OK\r\n'),
  'silent before the body': silent(ok('content-length: 1000')),
  'silent in the body': silent(`${ok('content-length: 1000')}half`),
  'a byte a second in the head': drip('HTTP/1.1 200 OK\r\nx: ', 'y'),
  'a byte a second in the body': drip(ok('content-length: 100000'), 'y'),
  'a byte a second in chunks': drip(ok('transfer-encoding: chunked'), '1\r\ny\r\n'),
  'headers without end': flood('HTTP/1.1 200 OK\r\n', 'x-again: yes\r\n'.repeat(1000)),
  'a header without end': flood('HTTP/1.1 200 OK\r\nx-long: ', kilobytes(64)),
  'interim answers without end': flood('', 'HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n'.repeat(500)),
  'a body without end': flood(ok(), kilobytes(64)),
  'chunks without end': flood(ok('transfer-encoding: chunked'), `10000\r\n${kilobytes(64)}\r\n`),
  'a chunk extension without end': flood(`${ok('transfer-encoding: chunked')}1;`, kilobytes(64)),
  'trailers without end': flood(`${ok('transfer-encoding: chunked')}0\r\n`, 'x-again: yes\r\n'.repeat(1000)),
  'ten terabytes': flood(ok('content-length: 10000000000000'), kilobytes(64)),
  'a gzip bomb': answer('200 OK', ['content-encoding: gzip', `content-length: ${String(bomb.length)}`], bomb),
  'a coding that nobody asked for': answer('200 OK', ['content-encoding: br', 'content-length: 4'], 'brrr'),
  'codings upon codings': answer(
    '200 OK',
    [`content-encoding: ${'gzip, '.repeat(200)}gzip`, 'content-length: 4'],
    'zzzz',
  ),
  'two lengths': answer('200 OK', ['content-length: 4', 'content-length: 5'], 'fivee'),
  'a length and chunks': answer(
    '200 OK',
    ['content-length: 4', 'transfer-encoding: chunked'],
    '5\r\nfivee\r\n0\r\n\r\n',
  ),
  'a negative length': answer('200 OK', ['content-length: -1'], 'x'),
  'a chunk of nonsense': answer('200 OK', ['transfer-encoding: chunked'], 'zz\r\nx\r\n0\r\n\r\n'),
  'a NUL in a header': raw('HTTP/1.1 200 OK\r\nx: a\0b\r\ncontent-length: 1\r\n\r\nx'),
  'a folded header': raw('HTTP/1.1 200 OK\r\nx: a\r\n b\r\ncontent-length: 1\r\n\r\nx'),
  'HTTP 0.9': raw('just a body'),
  'HTTP 2': raw('\0\0\x12\x04\0\0\0\0\0'),
  'random bytes': raw('\x15\x03\x01\0\x02\x02\x28'.repeat(50)),
  'a redirect to itself': (socket, url) => {
    redirect(url)(socket, url);
  },
  'a redirect that grows': (socket, url) => {
    redirect(`${url}/x`)(socket, url);
  },
  'a redirect to the metadata service': redirect('http://169.254.169.254/latest/meta-data/'),
  'a redirect to a number': redirect('http://2852039166/latest/'),
  'a redirect to a file': redirect('file:///etc/passwd'),
  'a redirect to ftp': redirect('ftp://127.0.0.1/x'),
  'a redirect with a password': redirect('https://user:password@127.0.0.1:9/x'),
  'a redirect to a host with a dot': redirect('https://127.0.0.1.:9/x'),
  'a redirect to where nobody is': redirect('https://127.0.0.1:9/x'),
  'a redirect to nowhere': status('302'),
  'a redirect to nothing': redirect(''),
  'a redirect to no URL': redirect('http://['),
  'two redirects at once': status(
    '302',
    'location: https://127.0.0.1:9/a',
    'location: https://127.0.0.1:9/b',
  ),
  'a redirect with a control character': raw(
    'HTTP/1.1 302 x\r\nlocation: https://127.0.0.1:9/\x01\r\ncontent-length: 0\r\n\r\n',
  ),
};
