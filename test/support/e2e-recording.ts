/**
 * A recording of TCP connections, without the rights that capturing needs:
 *
 *   initiator ⇄ relay, which writes down what passes ⇄ target      ─→ bytes of a pcap file
 */
import * as net from 'node:net';

interface Passed {
  readonly connection: number;
  readonly fromInitiator: boolean;
  readonly bytes: Uint8Array;
}

const LINKTYPE_RAW_IP = 101;
/** Bytes of a TCP segment; an IPv4 packet holds a little more. */
const SEGMENT_BYTES_MAX = 60_000;
const INITIATOR_PORT = 40_000;
/** The port of the target in the recording: that of iSCSI, so that decoders know it. */
const TARGET_PORT = 3260;

export class Recording {
  readonly #server: net.Server;
  readonly #sockets = new Set<net.Socket>();
  readonly #passed: Passed[] = [];

  private constructor(target: string) {
    const [host, port] = target.split(':');
    let count = 0;
    this.#server = net.createServer((initiator) => {
      const connection = count;
      count += 1;
      const peer = net.connect(Number(port), host);
      const relay = (from: net.Socket, to: net.Socket): void => {
        this.#sockets.add(from);
        from.on('data', (bytes) => {
          this.#passed.push({ connection, fromInitiator: from === initiator, bytes });
          to.write(bytes);
        });
        from.on('end', () => to.end()).on('error', () => to.destroy());
      };
      relay(initiator, peer);
      relay(peer, initiator);
    });
  }

  /** Listens on a free port for connections to `target`, `host:port`. */
  static async of(target: string): Promise<Recording> {
    const recording = new Recording(target);
    await new Promise<void>((resolve) => {
      recording.#server.listen(0, '127.0.0.1', resolve);
    });
    return recording;
  }

  /** Where to connect. */
  get portal(): string {
    return `127.0.0.1:${(this.#server.address() as net.AddressInfo).port}`; // it listens on TCP
  }

  /** Ends the relay; the packets as a pcap file. */
  async end(): Promise<Uint8Array> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
    const header = Buffer.alloc(24);
    header.writeUInt32LE(0xa1b2c3d4, 0);
    header.writeUInt16LE(2, 4);
    header.writeUInt16LE(4, 6);
    header.writeUInt32LE(0x40000, 16);
    header.writeUInt32LE(LINKTYPE_RAW_IP, 20);
    return Buffer.concat([header, ...this.#packets()]);
  }

  *#packets(): Generator<Uint8Array> {
    /** Bytes so far, by connection and direction. */
    const sent = new Map<string, number>();
    let number = 0;
    for (const { connection, fromInitiator, bytes } of this.#passed) {
      for (let at = 0; at < bytes.length; at += SEGMENT_BYTES_MAX) {
        const part = bytes.subarray(at, at + SEGMENT_BYTES_MAX);
        const done = (initiators: boolean): number => sent.get(`${connection} ${initiators}`) ?? 0;
        yield packet({
          number, connection, fromInitiator, part, sequence: 1 + done(fromInitiator),
          acknowledged: 1 + done(!fromInitiator),
        });
        sent.set(`${connection} ${fromInitiator}`, done(fromInitiator) + part.length);
        number += 1;
      }
    }
  }
}

interface Packet {
  readonly number: number;
  readonly connection: number;
  readonly fromInitiator: boolean;
  readonly part: Uint8Array;
  readonly sequence: number;
  readonly acknowledged: number;
}

/** A record of a pcap file with an IPv4 packet of one TCP segment; checksums are left out. */
function packet({ number, connection, fromInitiator, part, sequence, acknowledged }: Packet) {
  const bytes = Buffer.alloc(16 + 20 + 20);
  const length = 40 + part.length;
  bytes.writeUInt32LE(number, 4); // microseconds
  bytes.writeUInt32LE(length, 8);
  bytes.writeUInt32LE(length, 12);
  const ip = bytes.subarray(16);
  ip.set([0x45, 0]);
  ip.writeUInt16BE(length, 2);
  ip.set([64, 6], 8);
  const ends = [[10, 0, 0, 1], [10, 0, 0, 2]];
  ip.set([...(fromInitiator ? ends : ends.toReversed())].flat(), 12);
  const tcp = ip.subarray(20);
  const ports = [INITIATOR_PORT + connection, TARGET_PORT];
  const [source, destination] = fromInitiator ? ports : ports.toReversed();
  tcp.writeUInt16BE(source!, 0);
  tcp.writeUInt16BE(destination!, 2);
  tcp.writeUInt32BE(sequence, 4);
  tcp.writeUInt32BE(acknowledged, 8);
  tcp.set([0x50, 0x18], 12); // header of 20 bytes; PSH, ACK
  tcp.writeUInt16BE(0xffff, 14);
  return Buffer.concat([bytes, part]);
}
