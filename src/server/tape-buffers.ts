/** READ BUFFER, WRITE BUFFER and diagnostics, which try a path. Source: SPC-4 6.18, 6.28, 6.49. */
import { type Command, dataOutOf, type ItNexus, nexusKey, type Result } from '../sam/command.ts';
import { type CommandEntry, entry } from '../sam/command-table.ts';
import { SenseError } from '../sense/sense.ts';
import {
  BUFFER_MODE, bufferDescriptor, echoBufferDescriptor, readBufferCdb, writeBufferCdb,
} from '../wire/spc/buffers.ts';
import { receiveDiagnosticCdb } from '../wire/spc/cdbs.ts';
import { invalidCdbField, parameterData, refuseDataOut } from './parameter-data.ts';

const BUFFER_BYTES = 64 * 1024;
const ECHO_BYTES = 4096;
/** Echoes of nexuses that are kept; the oldest is forgotten first. */
const ECHO_COUNT_MAX = 64;

interface Range {
  readonly bufferId: number;
  readonly offset: number;
}

/** One buffer for all nexuses, and an echo for each; neither has to do with the tape. */
export class DriveBuffers {
  readonly #data = new Uint8Array(BUFFER_BYTES);
  readonly #echoes = new Map<string, Uint8Array>();

  nexusLost(nexus: ItNexus): void {
    this.#echoes.delete(nexusKey(nexus));
  }

  read(nexus: ItNexus, mode: number, range: Range): Uint8Array {
    switch (mode) {
      case BUFFER_MODE.descriptor:
        return bufferDescriptor.encode(
          { offsetBoundary: 0, capacity: range.bufferId === 0 ? BUFFER_BYTES : 0 });
      case BUFFER_MODE.echoDescriptor:
        return echoBufferDescriptor.encode({ ebos: false, capacity: ECHO_BYTES });
      case BUFFER_MODE.echo: return this.#echoOf(nexus);
      default:
        assertWithin(range, 0);
        return this.#data.slice(range.offset);
    }
  }

  #echoOf(nexus: ItNexus): Uint8Array {
    const echo = this.#echoes.get(nexusKey(nexus));
    if (echo !== undefined) return echo;
    throw new SenseError('illegalRequest', 'commandSequenceError',
      'Cannot return an echo: its nexus has written none');
  }

  write(command: Command, mode: number, range: Range, byteLength: number): Result {
    if (mode === BUFFER_MODE.data) assertWithin(range, byteLength);
    else if (byteLength > ECHO_BYTES) {
      throw invalidCdbField(`Cannot echo ${byteLength} bytes: the limit is ${ECHO_BYTES}`, 6);
    }
    const short = refuseDataOut(command, byteLength);
    if (short !== undefined) return short;
    const bytes = dataOutOf(command).slice(0, byteLength);
    if (mode === BUFFER_MODE.data) this.#data.set(bytes, range.offset);
    else this.#keepEcho(command.nexus, bytes);
    return { wantedBytes: byteLength };
  }

  #keepEcho(nexus: ItNexus, bytes: Uint8Array): void {
    this.#echoes.delete(nexusKey(nexus));
    const oldest = this.#echoes.keys().next().value;
    if (this.#echoes.size >= ECHO_COUNT_MAX && oldest !== undefined) this.#echoes.delete(oldest);
    this.#echoes.set(nexusKey(nexus), bytes);
  }
}

/** Throws: SenseError if the buffer does not have these bytes. */
function assertWithin({ bufferId, offset }: Range, byteLength: number): void {
  if (bufferId !== 0) throw invalidCdbField(`Cannot use buffer ${bufferId}: there is only 0`, 2);
  if (offset + byteLength <= BUFFER_BYTES) return;
  throw invalidCdbField(`Cannot use ${byteLength} bytes from ${offset} on: the buffer has `
    + `${BUFFER_BYTES}`, 3);
}

/** The only diagnostic page, 00h: the list of pages, which is this one. */
const SUPPORTED_DIAGNOSTICS = Uint8Array.of(0, 0, 0, 1, 0);

export const bufferCommands = (buffers: DriveBuffers): CommandEntry[] => [
  entry({
    opcode: 0x3c, name: 'READ BUFFER', source: readBufferCdb.source, cdb: readBufferCdb,
    whenReserved: 'conflict',
    run: (_unit, { nexus }, { mode, allocationLength, ...range }) =>
      parameterData(buffers.read(nexus, mode, range), allocationLength),
  }),
  entry({
    opcode: 0x3b, name: 'WRITE BUFFER', source: writeBufferCdb.source, cdb: writeBufferCdb,
    whenReserved: 'conflict',
    run: (_unit, command, { mode, listLength, ...range }) =>
      buffers.write(command, mode, range, listLength),
  }),
  entry({
    opcode: 0x1c, name: 'RECEIVE DIAGNOSTIC RESULTS', source: receiveDiagnosticCdb.source,
    cdb: receiveDiagnosticCdb, whenReserved: 'conflict',
    run(_unit, _command, { pcv, pageCode, allocationLength }) {
      if (pcv && pageCode !== 0) {
        throw invalidCdbField(`Cannot return diagnostic page ${pageCode}: there is only 0`, 2);
      }
      return parameterData(SUPPORTED_DIAGNOSTICS, allocationLength);
    },
  }),
];
