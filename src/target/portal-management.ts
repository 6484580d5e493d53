import type { ManagementRequest } from '../iscsi/target-output.ts';
import type { ItNexus } from '../sam/command.ts';
import type { LogicalUnit, LogicalUnits } from '../sam/logical-unit.ts';
import { additionalSenseCode, senseKeyCode } from '../sense/codes.ts';
import { TASK_FUNCTION, TASK_RESPONSE } from '../wire/iscsi/task-management.ts';
import type { Session, Sessions } from './portal-sessions.ts';

/** Where task management functions work. */
export interface ManagedTarget {
  readonly units: LogicalUnits;
  readonly sessions: Sessions;
  readonly seesAll: (nexus: ItNexus) => boolean;
}

/** The response, as TASK_RESPONSE has it, and what RFC 7144 6.2 adds to it. */
export interface ManagementAnswer {
  readonly response: number;
  readonly information?: Uint8Array;
}

const { queryTask, itNexusReset, queryAsynchronousEvent } = TASK_FUNCTION;
const COMPLETE: ManagementAnswer = { response: TASK_RESPONSE.complete };

/** Carries a task management function out. Source: SAM-5 7, RFC 7143 11.5, RFC 7144 6. */
export async function manage(
  request: ManagementRequest, nexus: ItNexus, target: ManagedTarget): Promise<ManagementAnswer> {
  const { function: code, lun, allowsQueries } = request;
  const isFurther = code >= queryTask && code <= queryAsynchronousEvent;
  if (isFurther && !allowsQueries) return { response: TASK_RESPONSE.functionNotSupported };
  const reachable = target.units.reachable(nexus);
  switch (code) {
    case TASK_FUNCTION.targetWarmReset:
    case TASK_FUNCTION.targetColdReset:
      if (!target.seesAll(nexus)) return { response: TASK_RESPONSE.authorizationFailed };
      for (const unit of reachable.values()) await reset(unit, target);
      return COMPLETE;
    case TASK_FUNCTION.taskReassign:
      return { response: TASK_RESPONSE.reassignmentNotSupported };
    case itNexusReset:
      await Promise.all([...reachable.values()].map((unit) => unit.tasks.abortAll(nexus)));
      for (const unit of reachable.values()) unit.nexusLost(nexus);
      return COMPLETE;
    default:
  }
  const unit = lun === undefined ? undefined : reachable.get(lun);
  if (unit !== undefined) return manageUnit(request, nexus, target, unit);
  return { response: code <= TASK_FUNCTION.logicalUnitReset || isFurther
    ? TASK_RESPONSE.lunDoesNotExist : TASK_RESPONSE.functionNotSupported };
}

/** Functions about one logical unit. ACA is not supported, so that there is none to clear. */
async function manageUnit(
  request: ManagementRequest, nexus: ItNexus, target: ManagedTarget,
  unit: LogicalUnit): Promise<ManagementAnswer> {
  const { referencedTag, droppedCount, taskCount } = request;
  switch (request.function) {
    case TASK_FUNCTION.abortTask:
      return droppedCount > 0 || await unit.tasks.abort(nexus, referencedTag)
        ? COMPLETE : { response: TASK_RESPONSE.taskDoesNotExist };
    case TASK_FUNCTION.abortTaskSet:
      await unit.tasks.abortAll(nexus);
      return COMPLETE;
    case TASK_FUNCTION.clearTaskSet:
      await clearTaskSet(unit, nexus, target);
      return COMPLETE;
    case TASK_FUNCTION.logicalUnitReset:
      await reset(unit, target);
      return COMPLETE;
    case TASK_FUNCTION.queryTask:
    case TASK_FUNCTION.queryTaskSet:
      return taskCount > 0 ? { response: TASK_RESPONSE.succeeded } : COMPLETE;
    case TASK_FUNCTION.queryAsynchronousEvent:
      return pendingAttention(unit, nexus);
    default:
      return { response: TASK_RESPONSE.functionNotSupported };
  }
}

/** Whether a unit attention is pending, and which: depth and sense key, then the code. */
function pendingAttention(unit: LogicalUnit, nexus: ItNexus): ManagementAnswer {
  const pending = unit.attentions.pending(nexus);
  const [first] = pending;
  if (first === undefined) return COMPLETE;
  const depth = pending.length > 1 ? ATTENTIONS.several : ATTENTIONS.one;
  const code = additionalSenseCode(first);
  return {
    response: TASK_RESPONSE.succeeded,
    information: Uint8Array.of(
      depth << 4 | senseKeyCode('unitAttention'), code >>> 8, code & 0xff),
  };
}

/** UADE DEPTH. Source: SAM-5 7.10. */
const ATTENTIONS = { one: 1, several: 2 } as const;

/** Other nexuses that lose tasks are told. Source: SAM-5 7.5. */
async function clearTaskSet(
  unit: LogicalUnit, nexus: ItNexus, target: ManagedTarget): Promise<void> {
  for (const session of target.sessions.all) {
    const isOther = session !== target.sessions.find(nexus);
    const hadTasks = unit.tasks.hasTasksOf(session.nexus);
    const droppedCount = dropTasks(session, unit, target);
    if (isOther && (hadTasks || droppedCount > 0)) {
      unit.attentions.establishFor(session.nexus, 'commandsClearedByAnotherInitiator');
    }
  }
  await unit.tasks.abortAll();
}

/** The unit itself tells every nexus, the one that asked for it as well. Source: SAM-5 6.3.3. */
async function reset(unit: LogicalUnit, target: ManagedTarget): Promise<void> {
  for (const session of target.sessions.all) dropTasks(session, unit, target);
  await unit.tasks.reset();
  unit.reset();
}

/** Each session has the unit at a LUN of its own, or not at all. Returns how many tasks it had. */
function dropTasks(session: Session, unit: LogicalUnit, { units }: ManagedTarget): number {
  for (const [lun, one] of units.reachable(session.nexus)) {
    if (one === unit) return session.dropTasks(lun);
  }
  return 0;
}
