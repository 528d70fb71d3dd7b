import { useSignal } from "@preact/signals";
import { ApiError, get } from "../api/client";
import type { Issue } from "../api/types";
import { Moment } from "../words/Moment";

/** The issue of a phase: of the tracker that is built in, read here; of GitHub, a link. */
export function IssueView({ number, repository }: { number: number; repository: string | null }) {
  const issue = useSignal<Issue | null>(null);
  const words = useSignal("The issue is loading…");
  const open = async (isOpen: boolean) => {
    if (!isOpen || issue.peek()) {
      return;
    }

    try {
      issue.value = await get<Issue>(`api/v1/issues/${number}${repository ? `?repository=${encodeURIComponent(repository)}` : ""}`);
    } catch (fault) {
      words.value =
        fault instanceof ApiError && fault.status === 404
          ? "It is kept on GitHub."
          : `The issue cannot be read: ${fault instanceof Error ? fault.message : fault}`;
    }
  };
  return (
    <details onToggle={(event) => open(event.currentTarget.open)}>
      <summary>Issue {number}</summary>
      {issue.value ? (
        <div class="issue">
          <h4>{issue.value.title}</h4>
          <pre>{issue.value.body}</pre>
          {(issue.value.comments ?? []).map((comment) => (
            <div key={comment.created_at} class="comment">
              <span class="sub">
                <Moment at={comment.created_at} />
              </span>
              <pre>{comment.body}</pre>
            </div>
          ))}
        </div>
      ) : (
        <p class="sub">
          {words.value}
          {isGitHub(repository) && words.value.includes("GitHub") && (
            <>
              {" "}
              <a href={`https://github.com/${repository}/issues/${number}`} target="_blank" rel="noreferrer">
                Open issue {number} on GitHub
              </a>
            </>
          )}
        </p>
      )}
    </details>
  );
}

export const isGitHub = (repository: string | null): repository is string => /^[\w.-]+\/[\w.-]+$/.test(repository ?? "");
