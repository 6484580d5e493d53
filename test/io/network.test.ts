import * as net from 'node:net';
import { describe, expect, it } from 'vitest';

import { TcpNetwork } from '../../src/io/network.ts';
import type { ByteStream, StreamEvents } from '../../src/ports/network.ts';
import { pattern, sameBytes } from '../support/io-bytes.ts';

const LOOPBACK = { host: '127.0.0.1', port: 0 };
const network = new TcpNetwork();

/** Collects what a stream says, and lets a test wait for it. */
class Recorder implements StreamEvents {
  readonly chunks: Buffer[] = [];
  readonly ended: Promise<Error | undefined>;
  readonly drainedOnce: Promise<void>;
  hasDrained = false;
  #drain: () => void = () => {};
  readonly #waiting: { byteLength: number; resolve: () => void }[] = [];
  #end: (error: Error | undefined) => void = () => {};

  constructor() {
    this.ended = new Promise((resolve) => { this.#end = resolve; });
    this.drainedOnce = new Promise((resolve) => { this.#drain = resolve; });
  }

  get bytes(): Buffer {
    return Buffer.concat(this.chunks);
  }

  get byteLength(): number {
    return this.chunks.reduce((sum, { length }) => sum + length, 0);
  }

  received(bytes: Buffer): void {
    this.chunks.push(bytes);
    for (const { byteLength, resolve } of this.#waiting) {
      if (this.byteLength >= byteLength) resolve();
    }
  }

  drained(): void {
    this.hasDrained = true;
    this.#drain();
  }

  closed(error: Error | undefined): void {
    this.#end(error);
  }

  has(byteLength: number): Promise<void> {
    return new Promise((resolve) => {
      if (this.byteLength >= byteLength) resolve();
      else this.#waiting.push({ byteLength, resolve });
    });
  }
}

async function joined() {
  const server = new Recorder();
  const client = new Recorder();
  let accepted: (stream: ByteStream) => void = () => {};
  const accepting = new Promise<ByteStream>((resolve) => { accepted = resolve; });
  const listener = await network.listen(LOOPBACK, (stream) => {
    accepted(stream);
    return server;
  });
  const near = await network.connect(listener.address, () => client);
  return { listener, near, far: await accepting, server, client };
}

describe('TcpNetwork', () => {
  it('carries gathered parts in order, and counts them', async () => {
    const { listener, near, far, server } = await joined();
    const parts = Array.from({ length: 50 }, (_, i) => pattern(1000 + i, i));
    near.send(parts);
    const expected = Buffer.concat(parts);
    await server.has(expected.length);
    expect(sameBytes(server.bytes, expected)).toBe(true);
    expect([near.bytesSent, far.bytesReceived]).toEqual([expected.length, expected.length]);
    expect(near.local).toEqual(far.remote);
    expect(near.remote).toEqual(listener.address);
    await listener.close();
  });

  it('says when to wait, and when there is room again', async () => {
    const { listener, near, far, server, client } = await joined();
    far.pause();
    const block = pattern(1024 * 1024, 1);
    let blocks = 1;
    while (near.send([block])) blocks += 1;
    expect(client.hasDrained).toBe(false);
    far.resume();
    await server.has(blocks * block.length);
    expect(server.byteLength).toBe(blocks * block.length);
    await client.drainedOnce;
    await listener.close();
  });

  it('sends what is pending before it ends, and closes both sides', async () => {
    const { listener, near, server, client } = await joined();
    const bytes = pattern(3_000_000, 1);
    near.send([bytes]);
    near.end();
    expect(await server.ended).toBeUndefined();
    expect(await client.ended).toBeUndefined();
    expect(sameBytes(server.bytes, bytes)).toBe(true);
    await listener.close();
  });

  it('cuts connections off when the listener closes', async () => {
    const { listener, server, client } = await joined();
    await listener.close();
    await Promise.all([server.ended, client.ended]);
    await expect(network.connect(listener.address, () => new Recorder())).rejects.toThrow(
      `Cannot connect to 127.0.0.1:${listener.address.port}: connection refused (ECONNREFUSED)`);
  });

  it('tells of a peer that resets', async () => {
    const server = new Recorder();
    const listener = await network.listen(LOOPBACK, () => server);
    const socket = net.connect(listener.address.port, '127.0.0.1');
    socket.write('x');
    await server.has(1);
    socket.resetAndDestroy();
    expect((await server.ended)?.message).toContain('connection reset by peer (ECONNRESET)');
    await listener.close();
  });

  it('names a busy port in one line', async () => {
    const listener = await network.listen(LOOPBACK, () => new Recorder());
    const { port } = listener.address;
    await expect(network.listen({ host: '127.0.0.1', port }, () => new Recorder())).rejects.toThrow(
      `Cannot listen on 127.0.0.1:${port}: address already in use (EADDRINUSE)`);
    await listener.close();
  });
});
