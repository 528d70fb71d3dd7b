import { render } from "preact";
import { takeKeyFromAddress } from "./api/key";
import { startClock } from "./live/clock";
import { startLive } from "./live/live";
import { App } from "./shell/App";
import { startAttention } from "./shell/attention";
import { startFocus } from "./shell/focus";
import { startKeys } from "./shell/keys";
import { startOverlay } from "./shell/overlay";

const app = document.getElementById("app");
if (app) {
  takeKeyFromAddress();
  app.replaceChildren();
  render(<App />, app);
  startClock();
  startKeys();
  startOverlay();
  startFocus();
  startAttention();
  startLive();
}
