/** TCP whose next connection can be cut at any byte, or left hanging. */
import { TcpNetwork } from '../../src/io/network.ts';
import type {
  Address, ByteStream, Listener, Network, StreamEvents,
} from '../../src/ports/network.ts';

type Direction = 'sent' | 'received';

export class CuttableNetwork implements Network {
  readonly #inner = new TcpNetwork();
  #stream: CuttableStream | undefined;
  #left: { direction: Direction; bytes: number } | undefined;

  listen(address: Address, accept: (stream: ByteStream) => StreamEvents): Promise<Listener> {
    return this.#inner.listen(address, accept);
  }

  connect(address: Address, events: (stream: ByteStream) => StreamEvents): Promise<ByteStream> {
    return this.#inner.connect(address, (stream) => {
      const cuttable = new CuttableStream(stream, this);
      this.#stream = cuttable;
      cuttable.owner = events(cuttable);
      return cuttable;
    });
  }

  /** The connection was cut. */
  hasCut = false;

  /** Cuts the connection when so many more bytes have gone one way. */
  cutAfter(direction: Direction, bytes: number): void {
    this.#left = { direction, bytes };
  }

  cut(): void {
    this.hasCut = true;
    this.#stream?.destroy();
  }

  /** Reads nothing any more, without a word to the target. */
  hang(): void {
    this.#stream?.pause();
  }

  /** How many of `byteLength` bytes still pass; all of them as a rule. */
  pass(direction: Direction, byteLength: number): number {
    if (this.#left?.direction !== direction) return byteLength;
    const passing = Math.min(this.#left.bytes, byteLength);
    this.#left.bytes -= passing;
    return passing;
  }
}

class CuttableStream implements ByteStream, StreamEvents {
  readonly #inner: ByteStream;
  readonly #network: CuttableNetwork;
  owner!: StreamEvents; // `connect` sets it before anything comes

  constructor(inner: ByteStream, network: CuttableNetwork) {
    this.#inner = inner;
    this.#network = network;
  }

  get local(): Address {
    return this.#inner.local;
  }

  get remote(): Address {
    return this.#inner.remote;
  }

  send(parts: readonly Uint8Array[]): boolean {
    const whole = Buffer.concat(parts);
    const passing = this.#network.pass('sent', whole.length);
    const hasRoom = this.#inner.send([whole.subarray(0, passing)]);
    if (passing < whole.length) this.#network.cut();
    return hasRoom;
  }

  received(bytes: Buffer): void {
    const passing = this.#network.pass('received', bytes.length);
    if (passing > 0) this.owner.received(bytes.subarray(0, passing));
    if (passing < bytes.length) this.#network.cut();
  }

  drained(): void {
    this.owner.drained();
  }

  closed(error: Error | undefined): void {
    this.owner.closed(error);
  }

  pause(): void {
    this.#inner.pause();
  }

  resume(): void {
    this.#inner.resume();
  }

  end(): void {
    this.#inner.end();
  }

  destroy(): void {
    this.#inner.destroy();
  }

  get bytesSent(): number {
    return this.#inner.bytesSent;
  }

  get bytesReceived(): number {
    return this.#inner.bytesReceived;
  }
}
