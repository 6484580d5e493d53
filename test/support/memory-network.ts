/**
 * A network in memory: what one end sends arrives at the other on a later turn of the event loop,
 * whole, in order, and never while an end is paused.
 */
import type {
  Address, ByteStream, Listener, Network, StreamEvents,
} from '../../src/ports/network.ts';

/** Bytes under way in one direction above which `send` says that it is time to wait. */
const HIGH_WATER_BYTES = 1 << 20;

class MemoryStream implements ByteStream {
  readonly local: Address;
  readonly remote: Address;
  peer: MemoryStream | undefined;
  owner: StreamEvents | undefined;
  bytesSent = 0;
  bytesReceived = 0;
  /** What is on its way to this end; undefined is the end of the stream. */
  #arriving: (Buffer | undefined)[] = [];
  #arrivingBytes = 0;
  #isPaused = false;
  #isScheduled = false;
  #isClosed = false;
  #hasEnded = false;
  #peerWaits = false;

  constructor(local: Address, remote: Address) {
    this.local = local;
    this.remote = remote;
  }

  send(parts: readonly Uint8Array[], sent?: () => void): boolean {
    if (this.#hasEnded || this.#isClosed) return true;
    const bytes = Buffer.concat(parts);
    sent?.();
    this.bytesSent += bytes.length;
    return this.peer?.arrive(bytes) ?? true;
  }

  /** Returns false if the sender shall wait. */
  arrive(bytes: Buffer | undefined): boolean {
    if (this.#isClosed) return true;
    this.#arriving.push(bytes);
    this.#arrivingBytes += bytes?.length ?? 0;
    this.#schedule();
    this.#peerWaits = this.#arrivingBytes > HIGH_WATER_BYTES;
    return !this.#peerWaits;
  }

  #schedule(): void {
    if (this.#isScheduled || this.#isPaused || this.#isClosed) return;
    this.#isScheduled = true;
    setImmediate(() => this.#deliver());
  }

  #deliver(): void {
    this.#isScheduled = false;
    while (!this.#isPaused && !this.#isClosed && this.#arriving.length > 0) {
      const bytes = this.#arriving.shift();
      if (bytes === undefined) {
        this.destroy();
        return;
      }
      this.#arrivingBytes -= bytes.length;
      this.bytesReceived += bytes.length;
      this.owner?.received(bytes);
    }
    if (!this.#peerWaits || this.#arriving.length > 0) return;
    this.#peerWaits = false;
    this.peer?.drained();
  }

  drained(): void {
    if (!this.#isClosed) this.owner?.drained();
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    if (this.#arriving.length > 0) this.#schedule();
  }

  end(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.peer?.arrive(undefined);
  }

  destroy(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#arriving = [];
    setImmediate(() => this.owner?.closed(undefined));
    this.end();
    this.peer = undefined;
  }
}

export class MemoryNetwork implements Network {
  readonly #accepting = new Map<number, (stream: ByteStream) => StreamEvents>();
  #lastPort = 40_000;

  async listen(
    { host, port }: Address, accept: (stream: ByteStream) => StreamEvents): Promise<Listener> {
    this.#lastPort += 1;
    const address = { host, port: port || this.#lastPort };
    this.#accepting.set(address.port, accept);
    return { address, close: async () => void this.#accepting.delete(address.port) };
  }

  async connect(
    address: Address, events: (stream: ByteStream) => StreamEvents): Promise<ByteStream> {
    const accept = this.#accepting.get(address.port);
    if (accept === undefined) throw new Error(`Cannot connect to port ${address.port}`);
    this.#lastPort += 1;
    const own = { host: address.host, port: this.#lastPort };
    const near = new MemoryStream(own, address);
    const far = new MemoryStream(address, own);
    [near.peer, far.peer] = [far, near];
    near.owner = events(near);
    far.owner = accept(far);
    return near;
  }
}
