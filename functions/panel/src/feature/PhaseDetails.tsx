import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { ActionButton } from "../actions/ActionButton";
import { proposeForPhase, verbOf } from "../actions/perform";
import { openQuestion, type PhaseAction, phaseRefusal } from "../actions/refusals";
import type { Attempt, Change, Feature, Question, Row } from "../api/types";
import { needsSince } from "../live/home";
import { featureAddress, phaseAddress, route, setParams } from "../route/route";
import { ErrorText } from "../words/ErrorText";
import { Status } from "../words/Icon";
import { Moment, Since } from "../words/Moment";
import { reasonOf } from "../words/reason";
import { holdsSlot } from "../words/status";
import { count, isWebAddress } from "../words/text";
import { Words } from "../words/Words";
import { keyOf, mostOf, numbersOf } from "./attempts";
import { CopyButton } from "./CopyButton";
import { IssueView, isGitHub } from "./IssueView";
import { OutputView } from "./OutputView";
import { questionsOf } from "./questions";
import { usageWords } from "./usage";

const actions: PhaseAction[] = ["answer", "approve", "deny", "retry", "prioritize", "cancel"];

/** All that is known of one phase, and what can be done with it. */
export function PhaseDetails({ feature, row, changes }: { feature: Feature; row: Row; changes: Change[] }) {
  const attempts = (feature.attempts ?? []).filter((attempt) => attempt.queue_id === row.queue_id);
  useEffect(() => document.getElementById("phase-title")?.scrollIntoView({ block: "nearest" }), [row.queue_id]);
  const told = reasonOf(row, feature.status === "suspended");
  // What the status says already is not said twice.
  const reason = told === "waits for an answer" || told === "waits for approval" ? "" : told;
  const isAsked = row.status === "awaiting_approval" || openQuestion(row) !== null;
  const asked = Number(route.value.params.attempt ?? 0);
  const shown = attempts.find((attempt) => attempt.attempt === asked) ?? attempts.at(-1);
  const numbers = numbersOf(feature.attempts ?? []);
  const numberOf = (attempt: Attempt) => numbers.get(keyOf(row.queue_id, attempt.attempt)) ?? attempt.attempt;
  return (
    <section class="panel" aria-labelledby="phase-title">
      <header class="panel-head">
        <h2 id="phase-title" tabIndex={-1}>
          Phase {row.phase_number}: <bdi>{row.title}</bdi>
        </h2>
        <span class="buttons">
          <CopyButton label="Copy link" text={() => location.href} />
          <a class="button" href={featureAddress(feature.id)}>
            Close
          </a>
        </span>
      </header>
      <p>
        <Status status={row.status} />
        {reason && <> · {reason}</>}
        {isAsked && (
          <>
            {" "}
            · for <Since from={needsSince(row)} />
          </>
        )}
        {!isAsked && row.started_at && (holdsSlot(row) || row.finished_at) && (
          <>
            {" "}
            · <Since from={row.started_at} to={row.finished_at} />
          </>
        )}
        {row.timeout_at && (
          <>
            {" "}
            · times out <Moment at={row.timeout_at} />
          </>
        )}
      </p>
      {row.error_message && <ErrorText key={row.error_message} text={row.error_message} />}
      {row.summary && <p>{row.summary}</p>}
      <div class="buttons">
        {actions.map((action) => (
          <ActionButton
            key={action}
            label={action === "prioritize" ? "Priority" : verbOf(action)}
            about={`phase ${row.phase_number}`}
            isPrimary={action === "answer" || action === "approve"}
            isDestructive={action === "cancel"}
            refusal={phaseRefusal(action, row)}
            propose={() => proposeForPhase(action, row, feature)}
          />
        ))}
      </div>
      <Asked row={row} questions={questionsOf(row, shown?.attempt ?? row.attempt, changes)} />
      <Facts feature={feature} row={row} shown={shown} number={shown && numberOf(shown)} most={mostOf(row, numbers)} />
      {attempts.length > 1 && (
        <nav class="tabs" aria-label="Attempts">
          {attempts.map((attempt) => (
            <a
              key={attempt.attempt}
              href={phaseAddress(feature.id, row.phase_number, { ...route.value.params, attempt: String(attempt.attempt) })}
              aria-current={attempt === shown ? "true" : undefined}
              onClick={(event) => {
                event.preventDefault();
                setParams({ attempt: String(attempt.attempt) });
              }}
            >
              Attempt {numberOf(attempt)} <span class="sub">{attemptWords(attempt)}</span>
            </a>
          ))}
        </nav>
      )}
      {shown?.error_message && shown.error_message !== row.error_message && (
        <ErrorText key={shown.error_message} text={shown.error_message} />
      )}
      {row.workflow_type === "external" ? (
        <p class="empty">Its agent works elsewhere: what it says is not kept here.</p>
      ) : shown ? (
        <OutputView
          key={keyOf(row.queue_id, shown.attempt)}
          queueId={row.queue_id}
          attempt={shown.attempt}
          name={`Output of attempt ${numberOf(shown)}`}
        />
      ) : (
        <p class="empty">No agent has started yet: its output appears here.</p>
      )}
      {row.issue_number !== null && <IssueView key={row.issue_number} number={row.issue_number} repository={feature.repository} />}
      {row.content && (
        <details>
          <summary>Prompt</summary>
          <pre class="prompt">{row.content}</pre>
        </details>
      )}
    </section>
  );
}

/** Earlier questions than these are not drawn: a page of thousands would not answer. */
const MOST_DRAWN = 50;

/** What the agent of the attempt that is looked at has asked last, and what it asked before that. */
function Asked({ row, questions }: { row: Row; questions: Question[] }) {
  const isOpen = useSignal(false);
  const last = questions.at(-1);
  const before = questions.slice(0, -1).reverse();
  return (
    last && (
      <>
        <QuestionView row={row} question={last} />
        {before.length > 0 && (
          <details onToggle={(event) => (isOpen.value = event.currentTarget.open)}>
            <summary>{count(before.length, "earlier question")}</summary>
            {isOpen.value &&
              before.slice(0, MOST_DRAWN).map((question) => <QuestionView key={question.number} row={row} question={question} />)}
            {before.length > MOST_DRAWN && <p class="sub">Those before them stand in the events.</p>}
          </details>
        )}
      </>
    )
  );
}

function QuestionView({ row, question }: { row: Row; question: Question }) {
  const { number, text, asked_at, answer } = question;
  const id = `question-${number}`;
  return (
    <section class="question" aria-labelledby={id}>
      <h3 id={id}>
        Question {number}
        <span class="count">
          asked <Moment at={asked_at} />
        </span>
      </h3>
      <Words label={`Question ${number}`} text={text} />
      {answer === null ? (
        <p class="empty">{openQuestion(row)?.number === number ? "Nobody has answered yet." : "Nobody answered."}</p>
      ) : (
        <>
          <h3>Answer</h3>
          <Words label={`Answer to question ${number}`} text={answer} />
        </>
      )}
    </section>
  );
}

const attemptWords = (attempt: Attempt) =>
  attempt.completed === true ? "completed" : attempt.completed === false ? "failed" : attempt.status;

interface FactsProps {
  feature: Feature;
  row: Row;
  /** The attempt that is looked at, its number, and the last one that is made without anybody asking. */
  shown: Attempt | undefined;
  number: number | undefined;
  most: number;
}

function Facts({ feature, row, shown, number, most }: FactsProps) {
  const after = feature.phases.filter((other) => other.depends_on.includes(row.phase_number)).map((other) => other.phase_number);
  const usage = usageWords(row.usage);
  return (
    <dl class="facts">
      <Fact name="After" when={row.depends_on.length > 0}>
        <PhaseLinks feature={feature.id} numbers={row.depends_on} />
      </Fact>
      <Fact name="Before" when={after.length > 0}>
        <PhaseLinks feature={feature.id} numbers={after} />
      </Fact>
      {shown && (
        <Fact name="Attempt" when>
          {number} of {most}, launched <Moment at={shown.launched_at} />
          {shown.heartbeat_at && (
            <>
              , heard <Moment at={shown.heartbeat_at} />
            </>
          )}
          {most > 1 && shown.usage && `, ${usageWords(shown.usage)}`}
        </Fact>
      )}
      <Fact name="Agent" when>
        {row.workflow_type}
        {shown && (
          <>
            , <code>{shown.adw_id}</code>
          </>
        )}
      </Fact>
      <Fact name="Priority" when={row.priority !== 50 || row.priority !== feature.priority}>
        {row.priority}
        {row.priority !== feature.priority && `, the feature's is ${feature.priority}`}
      </Fact>
      <Fact name="Slot" when={row.slot !== null && (!shown || shown.attempt === row.attempt)}>
        {row.slot}
      </Fact>
      <Fact name="Pull request" when={row.pr_number !== null}>
        {isGitHub(feature.repository) ? (
          <a href={`https://github.com/${feature.repository}/pull/${row.pr_number}`} target="_blank" rel="noreferrer">
            {feature.repository} #{row.pr_number}
          </a>
        ) : (
          `#${row.pr_number}`
        )}
      </Fact>
      <Fact name="Usage" when={usage !== ""}>
        {usage}
      </Fact>
      <Fact name="Estimate" when={row.estimated_hours !== null}>
        {row.estimated_hours} h
      </Fact>
      <Fact name="Documents" when={row.external_docs.length > 0}>
        <ul>
          {row.external_docs.map((document) => (
            <li key={document}>
              {isWebAddress(document) ? (
                <a href={document} target="_blank" rel="noreferrer">
                  {document}
                </a>
              ) : (
                document
              )}
            </li>
          ))}
        </ul>
      </Fact>
      <Fact name="Key" when>
        <code>{row.queue_id}</code>
      </Fact>
    </dl>
  );
}

function Fact({ name, when, children }: { name: string; when: boolean; children: preact.ComponentChildren }) {
  return when ? (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  ) : null;
}

function PhaseLinks({ feature, numbers }: { feature: number; numbers: number[] }) {
  return (
    <span>
      {numbers.map((number, index) => (
        <span key={number}>
          {index > 0 && ", "}
          <a href={phaseAddress(feature, number)}>phase {number}</a>
        </span>
      ))}
    </span>
  );
}
