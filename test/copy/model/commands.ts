/** Commands to the ends of a segment, and how they stop it. Source: SPC-4 5.17.7.4. */
import {
  type Access, type Answer, DeviceAnswer, type ModelTape, type Transfer,
} from './devices.ts';
import type { End, StreamEnd } from './ends.ts';
import { Stop } from './stop.ts';

/** The device of an end that is about to be sent a command. Throws: Stop for a null device. */
export function present<T>(device: T | undefined, { side, pointer }: End): T {
  if (device !== undefined) return device;
  throw new Stop({ additional: 'copyTargetDeviceNotReachable', pointer, side });
}

export const failure = ({ side, pointer }: End, answer: Answer): Stop =>
  new Stop({ additional: 'thirdPartyDeviceFailure', pointer, side, answer });

/** How a command is answered that does not end with GOOD. */
export function answerTo(run: () => void): Answer | undefined {
  try {
    run();
    return undefined;
  } catch (error) {
    if (error instanceof DeviceAnswer) return error.answer;
    throw error;
  }
}

/** Sends a command. Throws: Stop if it does not end with GOOD. */
export function command<T>(end: End, run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw error instanceof DeviceAnswer ? failure(end, error.answer) : error;
  }
}

/** A drive that refuses, or is in another mode than the descriptor says. Throws: Stop. */
export function ready(
  end: StreamEnd, tape: ModelTape, access: Access, { fixed, recordBytes }: Transfer): void {
  command(end, () => tape.accept(access));
  const { blockBytes } = tape.settings;
  if (!fixed || blockBytes === recordBytes) return;
  if (blockBytes === 0) {
    throw failure(end, { key: 'illegalRequest', additional: 'invalidFieldInCdb' });
  }
  throw new Stop({ side: end.side, pointer: end.pointer, additional: blockBytes < recordBytes
    ? 'copyTargetDeviceDataUnderrun' : 'copyTargetDeviceDataOverrun' });
}
