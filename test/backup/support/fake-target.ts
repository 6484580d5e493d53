/** A target in memory: the few commands that jobs use, of a disk, a tape and a copy manager. */
import { concat } from '../../../src/bytes/concat.ts';
import { readU16, readU24, readU32, readU64 } from '../../../src/bytes/big-endian.ts';
import type { Answer, Initiator, Request, Traffic } from '../../../src/initiator/initiator.ts';
import type { StatusName } from '../../../src/sam/command.ts';
import { encodeSense, readSense, type Sense } from '../../../src/sense/sense.ts';
import { operatingParameters } from '../../../src/wire/copy/results.ts';
import { FakeCopyAborted, runList } from './fake-copy.ts';
import { FakeDisk, type FakeTape, FakeTapeFull } from './fake-devices.ts';

const HEADER_BYTES = 48;

export interface FakeLimits {
  segmentCount: number;
  descriptorBytes: number;
  segmentBytes: number;
  inlineBytes: number;
  streamTransferBytes: number;
  dataGranularity: number;
  inlineGranularity: number;
  implemented: number[];
}

export const WIDE_LIMITS: FakeLimits = {
  segmentCount: 8192, descriptorBytes: 262_144, segmentBytes: 0, inlineBytes: 1_048_576,
  streamTransferBytes: 8_388_608, dataGranularity: 0, inlineGranularity: 0,
  implemented: [0x00, 0x01, 0x02, 0x04, 0x06, 0x10, 0x11, 0x12, 0xe4],
};

export class FakeTarget {
  readonly name: string;
  readonly devices: (FakeDisk | FakeTape)[];
  readonly limits: FakeLimits;
  /** Lists in the order they came. */
  readonly lists: Uint8Array[] = [];
  /** Called before each command; may throw. */
  before: (unit: FakeUnit, request: Request) => void | Promise<void> = () => {};

  constructor(
    devices: (FakeDisk | FakeTape)[], limits: Partial<FakeLimits> = {}, name = 'iqn.test') {
    this.devices = devices;
    this.limits = { ...WIDE_LIMITS, ...limits };
    this.name = name;
  }

  connect(device: FakeDisk | FakeTape): FakeUnit {
    return new FakeUnit(this, device, this.devices.indexOf(device));
  }

  copy(list: Uint8Array): void {
    this.lists.push(list);
    runList(list, (designator) => this.devices.find((device) =>
      Buffer.compare(device.designator, designator) === 0));
  }
}

const good = (...dataIn: Uint8Array[]): [StatusName, Uint8Array, Sense | undefined] =>
  ['good', concat(dataIn), undefined];
const check = (sense: Sense, dataIn = new Uint8Array(0)):
  [StatusName, Uint8Array, Sense | undefined] => ['checkCondition', dataIn, sense];
const BLANK = { key: 'blankCheck', additional: 'endOfDataDetected' } as const;
const INVALID = { key: 'illegalRequest', additional: 'invalidCommandOperationCode' } as const;

export class FakeUnit implements Initiator {
  readonly url: string;
  readonly target: FakeTarget;
  readonly device: FakeDisk | FakeTape;
  /** Every command's operation code, in order. */
  readonly opcodes: number[] = [];
  #traffic: Traffic = {
    commands: 0, bytesSent: 0, bytesReceived: 0, dataOutBytes: 0, dataInBytes: 0 };

  constructor(target: FakeTarget, device: FakeDisk | FakeTape, lun: number) {
    this.target = target;
    this.device = device;
    this.url = `iscsi://127.0.0.1:3260/${target.name}/${lun}`;
  }

  get traffic(): Traffic {
    return this.#traffic;
  }

  async execute(request: Request): Promise<Answer> {
    request.signal?.throwIfAborted();
    this.opcodes.push(request.cdb[0]!);
    await this.target.before(this, request);
    const [status, data, sense] = this.#run(request);
    const dataIn = data.slice(0, request.dataInBytes ?? 0);
    const out = request.dataOut?.length ?? 0;
    this.#traffic = {
      commands: this.#traffic.commands + 1,
      bytesSent: this.#traffic.bytesSent + HEADER_BYTES + out,
      bytesReceived: this.#traffic.bytesReceived + HEADER_BYTES + dataIn.length,
      dataOutBytes: this.#traffic.dataOutBytes + out,
      dataInBytes: this.#traffic.dataInBytes + dataIn.length,
    };
    const senseBytes = sense === undefined ? new Uint8Array(0) : encodeSense(sense);
    return { status, dataIn, senseBytes, sense: sense && readSense(senseBytes) };
  }

  async close(): Promise<void> {}

  #run(request: Request): [StatusName, Uint8Array, Sense | undefined] {
    const { cdb } = request;
    switch (cdb[0]) {
      case 0x00:
        return good();
      case 0x12:
        return good(this.#inquiry(cdb[1] === 1 ? cdb[2]! : undefined));
      case 0x83:
        return this.#extendedCopy(request.dataOut!);
      case 0x84:
        return cdb[1] === 0x03 ? good(this.#parameters())
          : check({ key: 'illegalRequest', additional: 'invalidFieldInCdb' });
      default:
        return this.device instanceof FakeDisk ? this.#disk(this.device, request)
          : this.#tape(this.device, request);
    }
  }

  #inquiry(page: number | undefined): Uint8Array {
    const type = this.device instanceof FakeDisk ? 0 : 1;
    const text = new TextEncoder();
    if (page === undefined) {
      return concat([Uint8Array.of(type, 0x80, 6, 2, 31, 8, 0, 2),
        text.encode('FAKE    FAKE DEVICE     0001')]);
    }
    const { designator } = this.device;
    const body = page === 0x80 ? text.encode(`SERIAL${designator.at(-1)}`)
      : concat([Uint8Array.of(1, 0x10, 0, 4, 1, 2, 3, 4), // of a port: not to be used
        Uint8Array.of(1, 3, 0, designator.length), designator]);
    return concat([Uint8Array.of(type, page, 0, body.length), body]);
  }

  #parameters(): Uint8Array {
    const { limits } = this.target;
    return operatingParameters.encode({
      availableData: 40 + limits.implemented.length, snlid: false, maximumCscdCount: 16,
      maximumSegmentCount: limits.segmentCount,
      maximumDescriptorListLength: limits.descriptorBytes,
      maximumSegmentLength: limits.segmentBytes, maximumInlineDataLength: limits.inlineBytes,
      heldDataLimit: 0, maximumStreamTransferSize: limits.streamTransferBytes,
      totalConcurrentCopies: 0, maximumConcurrentCopies: 4,
      dataSegmentGranularity: limits.dataGranularity,
      inlineDataGranularity: limits.inlineGranularity, heldDataGranularity: 0,
      implementedLength: limits.implemented.length,
      implemented: Uint8Array.from(limits.implemented),
    });
  }

  #extendedCopy(list: Uint8Array): [StatusName, Uint8Array, Sense | undefined] {
    try {
      this.target.copy(list);
      return good();
    } catch (error) {
      if (error instanceof FakeCopyAborted) {
        return check({ key: 'copyAborted', additional: error.additional!, segment: error.segment });
      }
      if (error instanceof FakeTapeFull) {
        const sense = encodeSense({ key: 'volumeOverflow', additional: 'endOfPartitionDetected' });
        return check({ key: 'copyAborted', additional: 'thirdPartyDeviceFailure', segment: 0,
          forwardedDestination: { status: 2, sense } });
      }
      throw error;
    }
  }

  #disk(disk: FakeDisk, { cdb, dataOut }: Request): [StatusName, Uint8Array, Sense | undefined] {
    const lba = Number(readU64(cdb, 2));
    switch (cdb[0]) {
      case 0x9e: {
        const view = new DataView(new ArrayBuffer(32));
        view.setBigUint64(0, BigInt(disk.bytes.length / disk.blockBytes - 1));
        view.setUint32(8, disk.blockBytes);
        return good(new Uint8Array(view.buffer));
      }
      case 0x88:
        return good(disk.readBlocks(lba, readU32(cdb, 10)));
      case 0x8a:
        disk.writeBlocks(lba, dataOut!);
        return good();
      case 0x35:
        return good();
      default:
        return check(INVALID);
    }
  }

  #tape(tape: FakeTape, { cdb, dataOut }: Request): [StatusName, Uint8Array, Sense | undefined] {
    switch (cdb[0]) {
      case 0x01:
        tape.locate(0);
        return good();
      case 0x05:
        return good(Uint8Array.of(0, 0x80, 0, 0, 0, 1));
      case 0x08: {
        const object = tape.read();
        if (object === undefined) return check(BLANK);
        return object === 'filemark'
          ? check({ key: 'noSense', additional: 'filemarkDetected', filemark: true })
          : good(object.subarray(0, readU24(cdb, 2)));
      }
      case 0x0a:
        if (tape.position >= tape.objectCountMax) {
          return check({ key: 'volumeOverflow', additional: 'endOfPartitionDetected', eom: true });
        }
        tape.write(dataOut!);
        return good();
      case 0x10:
        tape.write('filemark');
        return good();
      case 0x11: {
        if ((cdb[1]! & 0x0f) === 3) return tape.locate(tape.objects.length) ? good() : check(BLANK);
        const mark = tape.objects.indexOf('filemark', tape.position);
        tape.locate(mark < 0 ? tape.objects.length : mark + 1);
        return mark < 0 ? check(BLANK) : good();
      }
      case 0x34: {
        const view = new DataView(new ArrayBuffer(32));
        view.setBigUint64(8, BigInt(tape.position));
        view.setBigUint64(16, BigInt(tape.file));
        return good(new Uint8Array(view.buffer));
      }
      case 0x92:
        return tape.locate(Number(readU64(cdb, 4))) ? good() : check(BLANK);
      case 0x8c: {
        if (readU16(cdb, 8) !== 0x0806) return check(INVALID);
        return check({ key: 'illegalRequest', additional: 'invalidFieldInCdb' });
      }
      default:
        return check(INVALID);
    }
  }
}
