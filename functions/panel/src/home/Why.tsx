import { useSignal } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";
import { queue, slots, waiting } from "../live/home";
import { phaseAddress } from "../route/route";
import { Since } from "../words/Moment";
import { count, cut } from "../words/text";
import { whyFirst } from "./order";
import { pillsOf } from "./SlotGauge";

/** The id of the explanation, for the buttons that show it. */
export const WHY = "why-first";

/** Room that is left to the edges of the window. */
const MARGIN = 8;

/** More holders than this are told as a number. */
const MOST = 6;

/** What the first in line waits for: the rule, and who holds the slots. It stays open while others come to the head. */
export function Why() {
  const element = useRef<HTMLElement>(null);
  const isOpen = useSignal(false);
  useLayoutEffect(() => {
    const button = document.querySelector(`[popovertarget="${WHY}"]`)?.getBoundingClientRect();
    const shown = element.current;
    if (isOpen.value && button && shown) {
      const { width, height } = shown.getBoundingClientRect();
      shown.style.left = `${Math.max(MARGIN, Math.min(button.right - width, innerWidth - width - MARGIN))}px`;
      shown.style.top = `${Math.max(MARGIN, Math.min(button.bottom + MARGIN, innerHeight - height - MARGIN))}px`;
    }
  }, [isOpen.value]);
  return (
    <section
      id={WHY}
      ref={element}
      popover="auto"
      class="popover"
      aria-label="Why the first in line waits"
      onToggle={(event) => {
        isOpen.value = event.newState === "open";
      }}
    >
      {isOpen.value && <Reason />}
    </section>
  );
}

function Reason() {
  const [first, second] = waiting.value.filter((row) => row.position !== null);
  return first ? (
    <>
      <h3>
        {first.feature_id}.{first.phase_number} <bdi>{first.title}</bdi> is next
      </h3>
      <Holders />
      <p>{whyFirst(first, second)}</p>
      <p class="sub">
        The order of all: the more urgent priority first, 1 before 99; features of the same priority take turns; within a feature, what was
        ready first. Who has watched 32 others start counts as 10 more urgent.
      </p>
    </>
  ) : (
    <p>Nothing waits for a slot.</p>
  );
}

function Holders() {
  const line = slots.value;
  if (!line) {
    return null;
  }

  const held = pillsOf(line, queue.value).filter((pill) => pill.queueId);
  return (
    <>
      <p>
        {held.length < line.capacity
          ? `${count(line.capacity - held.length, "slot")} of ${line.capacity} ${line.capacity - held.length === 1 ? "is" : "are"} free: it starts at once.`
          : `${line.capacity === 1 ? "The one slot is" : `All ${line.capacity} slots are`} taken, the most that may work at a time. It starts as soon as one is given back:`}
      </p>
      <ul>
        {held.slice(0, MOST).map((pill) => {
          const [, feature, phase] = /^queue-(\d+)-(\d+)$/.exec(pill.queueId ?? "") ?? [];
          return (
            <li key={pill.slot}>
              slot {pill.slot}:{" "}
              <a href={phaseAddress(Number(feature), Number(phase))}>
                {feature}.{phase} <bdi>{pill.row ? cut(pill.row.title, 48) : ""}</bdi>
              </a>
              {pill.since && (
                <>
                  , for <Since from={pill.row?.started_at ?? pill.since} />
                </>
              )}
            </li>
          );
        })}
        {held.length > MOST && <li>and {held.length - MOST} more</li>}
      </ul>
    </>
  );
}
