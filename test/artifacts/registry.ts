import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { CraftedEntry } from './support.js';
import { craftTar } from './support.js';

export interface Published {
  readonly name: string;
  readonly version: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly scripts?: Readonly<Record<string, string>>;
  readonly stave?: unknown;
  /** Beside package.json. */
  readonly files?: Readonly<Record<string, string>>;
}

/** Runs the body with a server on the loopback, and closes it with all its connections. */
export async function withServer(
  listener: RequestListener,
  body: (url: string, server: Server) => Promise<void>,
): Promise<void> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    await body(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, server);
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

/** A loopback address where nobody answers. */
export async function deadUrl(): Promise<string> {
  let dead = '';
  await withServer(
    () => undefined,
    async (url) => {
      dead = url;
    },
  );
  return dead;
}

function archive({ files = {}, ...json }: Published): Buffer {
  const entries: CraftedEntry[] = [
    { path: 'package/package.json', content: JSON.stringify(json) },
    ...Object.entries(files).map(([path, content]) => ({ path: `package/${path}`, content })),
  ];
  return gzipSync(craftTar(entries));
}

export interface Registry {
  readonly url: string;
  readonly requests: string[];
  publish(...packages: readonly Published[]): void;
  /** SRI of a published archive. */
  integrity(name: string, version: string): string;
}

/** Runs the body with an npm registry of its own, which has what the test publishes. */
export function withRegistry(body: (registry: Registry) => Promise<void>): Promise<void> {
  const packages = new Map<string, Published[]>();
  const requests: string[] = [];
  const sri = (published: Published): string =>
    `sha512-${createHash('sha512').update(archive(published)).digest('base64')}`;
  const find = (name: string, version: string): Published =>
    packages.get(name)!.find((published) => published.version === version)!;
  let url = '';
  return withServer(
    (request, response) => {
      const path = decodeURIComponent(request.url ?? '').slice(1);
      requests.push(path);
      const [name, version] = path.split('/-/');
      const versions = packages.get(name!);
      if (!versions) {
        response.writeHead(404).end('{}');
      } else if (version !== undefined) {
        response.end(archive(find(name!, version.replace(/\.tgz$/, ''))));
      } else {
        const entries = versions.map(({ files: _files, ...json }) => {
          const tarball = `${url}/${name}/-/${json.version}.tgz`;
          const hasInstallScript = json.scripts !== undefined;
          const dist = { tarball, integrity: sri(find(name!, json.version)) };
          return [json.version, { ...json, dist, hasInstallScript }];
        });
        const latest = versions.at(-1)!.version;
        response.setHeader('content-type', 'application/json');
        response.end(
          JSON.stringify({ name, 'dist-tags': { latest }, versions: Object.fromEntries(entries) }),
        );
      }
    },
    (address) => {
      url = address;
      return body({
        url,
        requests,
        publish: (...more) => {
          for (const one of more) packages.set(one.name, [...(packages.get(one.name) ?? []), one]);
        },
        integrity: (name, version) => sri(find(name, version)),
      });
    },
  );
}

/** Settings that turn npm to a registry, with a cache of its own, and let it give up at once. */
export function writeNpmrc(folder: string, registry: string, cache: string): void {
  const lines = [`registry=${registry}/`, `cache=${cache}`, 'fetch-retries=0', 'update-notifier=false'];
  writeFileSync(join(folder, '.npmrc'), `${lines.join('\n')}\n`);
}
