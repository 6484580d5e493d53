/**
 * Counts what a job sends and takes, by what it is for:
 *
 *   job ─→ data(unit)     ─┐
 *       ─→ metadata(unit) ─┴→ the same connection
 *
 * Data is content of the disk or the tape; everything else that the socket counts is metadata:
 * labels, maps, file-system structures, parameter lists, status, headers of the transport.
 */
import type { Answer, Initiator, Request, Traffic } from '../../initiator/initiator.ts';

const EXTENDED_COPY = 0x83;

/** What went through this client. */
export interface ClientTraffic {
  readonly commands: number;
  readonly dataBytes: number;
  readonly metadataBytes: number;
}

/** Processor time of this process, in milliseconds. */
export interface CpuTime {
  readonly totalMs: number;
  /** From the first command that moved data to the status of the last. */
  readonly copyingMs: number;
}

export class Meter {
  readonly #units: readonly Initiator[];
  readonly #before: Traffic;
  readonly #cpuMs: () => number;
  readonly #cpuAtStart: number;
  #dataBytes = 0;
  #firstCopyCpu: number | undefined;
  #lastCopyCpu = 0;

  constructor(units: readonly Initiator[], cpuMs: () => number) {
    this.#units = units;
    this.#before = totalTraffic(units);
    this.#cpuMs = cpuMs;
    this.#cpuAtStart = cpuMs();
  }

  /** A way to a unit for commands that carry content. */
  data(unit: Initiator): Initiator {
    return new MeteredUnit(unit, (request) => this.#measure(unit, request, true));
  }

  /** A way to a unit for all other commands. */
  metadata(unit: Initiator): Initiator {
    return new MeteredUnit(unit, (request) => this.#measure(unit, request, false));
  }

  traffic(): ClientTraffic {
    const now = totalTraffic(this.#units);
    const socketBytes = now.bytesSent + now.bytesReceived
      - this.#before.bytesSent - this.#before.bytesReceived;
    return {
      commands: now.commands - this.#before.commands, dataBytes: this.#dataBytes,
      metadataBytes: socketBytes - this.#dataBytes,
    };
  }

  cpu(): CpuTime {
    return {
      totalMs: this.#cpuMs() - this.#cpuAtStart,
      copyingMs: this.#firstCopyCpu === undefined ? 0 : this.#lastCopyCpu - this.#firstCopyCpu,
    };
  }

  async #measure(unit: Initiator, request: Request, isData: boolean): Promise<Answer> {
    const copies = isData || request.cdb[0] === EXTENDED_COPY;
    if (copies) this.#firstCopyCpu ??= this.#cpuMs();
    const answer = await unit.execute(request);
    if (isData) this.#dataBytes += (request.dataOut?.length ?? 0) + answer.dataIn.length;
    if (copies) this.#lastCopyCpu = this.#cpuMs();
    return answer;
  }
}

class MeteredUnit implements Initiator {
  readonly #unit: Initiator;
  readonly #measured: (request: Request) => Promise<Answer>;

  constructor(unit: Initiator, measured: (request: Request) => Promise<Answer>) {
    this.#unit = unit;
    this.#measured = measured;
  }

  get url(): string {
    return this.#unit.url;
  }

  get traffic(): Traffic {
    return this.#unit.traffic;
  }

  execute(request: Request): Promise<Answer> {
    return this.#measured(request);
  }

  close(): Promise<void> {
    return this.#unit.close();
  }
}

/** Units that share a session share its counts. */
function totalTraffic(units: readonly Initiator[]): Traffic {
  const distinct = [...new Set(units.map((unit) => unit.traffic))];
  const sum = (count: (traffic: Traffic) => number): number =>
    distinct.reduce((total, traffic) => total + count(traffic), 0);
  return {
    commands: sum((traffic) => traffic.commands),
    bytesSent: sum((traffic) => traffic.bytesSent),
    bytesReceived: sum((traffic) => traffic.bytesReceived),
    dataOutBytes: sum((traffic) => traffic.dataOutBytes),
    dataInBytes: sum((traffic) => traffic.dataInBytes),
  };
}
