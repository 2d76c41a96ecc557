import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { DEFAULT_ARTIFACT_LIMITS } from 'stave/artifacts/limits.js';
import { deadUrl, withServer } from './registry.js';
import { contents, craftTar, leftovers, refusal, withStore } from './support.js';

const ARCHIVE = gzipSync(
  craftTar([
    { path: 'package/package.json', content: '{"name":"@acme/greeter","version":"1.2.0","stave":{}}' },
    { path: 'package/a.js', content: '' },
  ]),
);

describe('an artifact from a server', () => {
  it('is an archive, whatever its address ends in', () =>
    withServer(
      (_request, response) => response.end(ARCHIVE),
      (url) =>
        withStore(async ({ store, data }) => {
          const { manifest, fingerprint } = await store.prepare(`${url}/download?id=7`);
          expect(manifest.name).to.equal('@acme/greeter');
          expect(fingerprint).to.equal(undefined);
          expect(leftovers(data)).to.be.empty;
        }),
    ));

  it('is a single file, when its address ends like one', () =>
    withServer(
      (_request, response) => response.end('export default {};'),
      (url) =>
        withStore(async ({ store }) => {
          const { root } = await store.prepare(`${url}/some/hello%20you.ts?x=1`);
          expect(contents(root)).to.deep.equal({ 'hello you.ts': 'export default {};' });
        }),
    ));

  it('follows redirects, and sends the credentials of its address', () =>
    withServer(
      (request, response) => {
        if (request.url === '/old') response.writeHead(302, { location: '/new' }).end();
        else if (request.headers.authorization === `Basic ${btoa('me:s ecret')}`) response.end(ARCHIVE);
        else response.writeHead(401).end();
      },
      (url) =>
        withStore(async ({ store }) => {
          const address = url.replace('http://', 'http://me:s%20ecret@');
          await store.prepare(`${address}/old`);
          const wrong = address.replace('ecret', 'hhh');
          const error = await refusal('STAVE_DOWNLOAD_FAILED', store.prepare(`${wrong}/old`));
          expect(error.message).to.contain('401').and.not.contain('hhh');
        }),
    ));

  it('is refused when it is not there, and when the server fails or is away', () =>
    withServer(
      (request, response) => response.writeHead(Number(request.url?.slice(1))).end('sorry'),
      (url) =>
        withStore(async ({ store, data }) => {
          await refusal('STAVE_LOCATION_NOT_FOUND', store.prepare(`${url}/404`));
          await refusal('STAVE_LOCATION_NOT_FOUND', store.prepare(`${url}/410`));
          const failed = await refusal('STAVE_DOWNLOAD_FAILED', store.prepare(`${url}/503`));
          expect(failed.message).to.contain('503');
          const away = await refusal('STAVE_DOWNLOAD_FAILED', store.prepare(`${await deadUrl()}/x.tgz`));
          expect(away.message).to.contain('ECONNREFUSED');
          expect(leftovers(data)).to.be.empty;
        }),
    ));

  for (const announced of [true, false]) {
    it(`is refused above the limit when the server ${announced ? 'announces' : 'conceals'} its size`, () =>
      withServer(
        (_request, response) => {
          if (announced) response.setHeader('content-length', ARCHIVE.length);
          response.write(ARCHIVE.subarray(0, 60));
          response.end(ARCHIVE.subarray(60));
        },
        (url) =>
          withStore(
            async ({ store, data }) => {
              const error = await refusal('STAVE_LIMIT_EXCEEDED', store.prepare(`${url}/a.tgz`));
              expect(error.message).to.contain('download.size').and.contain('etc/stave.limits.cfg');
              expect(leftovers(data)).to.be.empty;
            },
            { limits: () => ({ ...DEFAULT_ARTIFACT_LIMITS, 'download.size': 100 }) },
          ),
      ));
  }

  for (const silence of ['before its answer', 'in the middle of it']) {
    it(`is given up when the server falls silent ${silence}`, () =>
      withServer(
        (_request, response) => {
          if (silence !== 'before its answer') response.write(ARCHIVE.subarray(0, 60));
        },
        (url) =>
          withStore(
            async ({ store }) => {
              const error = await refusal('STAVE_DOWNLOAD_FAILED', store.prepare(`${url}/a.tgz`));
              expect(error.message).to.contain('silent');
            },
            { limits: () => ({ ...DEFAULT_ARTIFACT_LIMITS, 'download.timeout': 50 }) },
          ),
      ));
  }

  it('is refused when the connection breaks', () =>
    withServer(
      (_request, response) => {
        response.setHeader('content-length', ARCHIVE.length);
        response.write(ARCHIVE.subarray(0, 60), () => response.destroy());
      },
      (url) =>
        withStore(async ({ store }) => {
          await refusal('STAVE_DOWNLOAD_FAILED', store.prepare(`${url}/a.tgz`));
        }),
    ));

  it('stops at once when it is aborted, with the reason', () => {
    const controller = new AbortController();
    const reason = new Error('enough');
    return withServer(
      (_request, response) => {
        response.write(ARCHIVE.subarray(0, 60));
        controller.abort(reason);
      },
      (url) =>
        withStore(async ({ store, data }) => {
          const run = store.prepare(`${url}/a.tgz`, { signal: controller.signal });
          expect(await run.catch((error: unknown) => error)).to.equal(reason);
          expect(leftovers(data)).to.be.empty;
        }),
    );
  });

  it('comes from the store without asking when its digest is pinned, and anew on update', () => {
    let asked = 0;
    return withServer(
      (_request, response) => {
        asked += 1;
        response.end(ARCHIVE);
      },
      (url) =>
        withStore(async ({ store }) => {
          const { digest } = await store.prepare(`${url}/a.tgz`);
          await store.prepare(`${url}/a.tgz`, { pinned: digest });
          expect(asked).to.equal(1);
          await store.prepare(`${url}/a.tgz`, { pinned: digest, update: true });
          expect(asked).to.equal(2);
          await store.prepare(`${url}/a.tgz`, { pinned: '0'.repeat(64) });
          expect(asked).to.equal(3);
        }),
    );
  });
});

describe('a descriptor from a server', () => {
  it('is read, and still there when the server is away, also after a restart', () => {
    let status = 200;
    return withServer(
      (_request, response) => response.writeHead(status).end('{"name":"x"}'),
      (url) =>
        withStore(async ({ store, open }) => {
          const location = `${url}/features.json`;
          const first = await store.read(location);
          expect(Buffer.from(first.content).toString()).to.equal('{"name":"x"}');
          expect(first.digest).to.equal(createHash('sha256').update('{"name":"x"}').digest('hex'));
          status = 503;
          expect(Buffer.from((await open().read(location)).content).toString()).to.equal('{"name":"x"}');
          await refusal('STAVE_DOWNLOAD_FAILED', store.read(location, { update: true }));
          await refusal('STAVE_DOWNLOAD_FAILED', store.read(`${url}/other.json`));
          status = 404;
          await refusal('STAVE_LOCATION_NOT_FOUND', store.read(location));
        }),
    );
  });

  it('is the pinned one while that is in the store', () => {
    let text = 'one';
    return withServer(
      (_request, response) => response.end(text),
      (url) =>
        withStore(async ({ store }) => {
          const { digest } = await store.read(`${url}/a`);
          text = 'two';
          expect(Buffer.from((await store.read(`${url}/a`, { pinned: digest })).content).toString()).to.equal(
            'one',
          );
          expect(Buffer.from((await store.read(`${url}/a`)).content).toString()).to.equal('two');
          const update = { pinned: digest, update: true };
          expect(Buffer.from((await store.read(`${url}/a`, update)).content).toString()).to.equal('two');
        }),
    );
  });
});
