/** All copies of the scenarios, recorded on their way between initiators and the program. */
import type { JsonObject } from '../../src/explain/json-error.ts';
import { captureJson, type CaptureReport, explainCapture } from '../../src/explain/library.ts';
import { RUNNING } from '../e2e/copy-scenarios/running.ts';
import { SEGMENTS } from '../e2e/copy-scenarios/segments.ts';
import { LUN } from '../support/e2e-lists.ts';
import { ProgramBench } from '../support/e2e-program-bench.ts';

/** A part of a command as `explain --json` has it. */
export interface Part {
  readonly what: string;
  readonly byteLength: number;
  readonly value: JsonObject;
}

/** A command as `explain --json` has it. */
export interface Told {
  readonly name: string;
  readonly frames: readonly [number, number];
  readonly status: string;
  readonly parts: readonly Part[];
}

export interface Recorded {
  readonly pcap: Uint8Array;
  readonly report: CaptureReport;
  readonly commands: readonly Told[];
  /** All sense data, each once, in hexadecimal. */
  readonly senses: readonly string[];
}

export async function recordCopies(): Promise<Recorded> {
  const bench = await ProgramBench.open({ isRecorded: true });
  const recorded: Uint8Array[] = [];
  try {
    for (const lun of Object.values(LUN)) {
      // By the types of the devices tshark knows which commands they have.
      await bench.client.must(lun, '12 00 00 00FF 00', { room: 255 });
      await bench.client.must(lun, '84 03 00000000 00000000 00000100 00 00', { room: 256 });
    }
    for (const { run } of [...SEGMENTS, ...RUNNING]) await run(bench);
  } finally {
    await bench.close();
    recorded.push(await bench.recording!.end()); // it was asked for
  }
  const pcap = recorded[0]!;
  const report = explainCapture(pcap);
  // A cast: what is JSON there has these members.
  const { commands } = captureJson(report) as unknown as { commands: readonly Told[] };
  return { pcap, report, commands, senses: bench.senses };
}
