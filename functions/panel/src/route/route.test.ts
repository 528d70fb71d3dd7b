import { expect, test } from "vitest";
import { featureAddress, format, homeAddress, parse, phaseAddress } from "./route";

test("home, features, phases and submit are places", () => {
  expect(parse("")).toEqual({ page: "home", params: {} });
  expect(parse("#/?q=web%20socket&status=failed")).toEqual({ page: "home", params: { q: "web socket", status: "failed" } });
  expect(parse("#/features/104")).toEqual({ page: "feature", feature: 104, params: {} });
  expect(parse("#/features/104/phases/3?log=full")).toEqual({ page: "feature", feature: 104, phase: 3, params: { log: "full" } });
  expect(parse("#/submit")).toEqual({ page: "submit", params: {} });
});

test.each(["#/nowhere", "#/features/abc", "#/features/1/phases", "#/features/1/2"])("%s is no place", (hash) => {
  expect(parse(hash).page).toBe("missing");
});

test("an address leads back to where it was made", () => {
  expect(parse(phaseAddress(7, 2, { find: "a&b=c?#", attempt: "" }))).toEqual({
    page: "feature",
    feature: 7,
    phase: 2,
    params: { find: "a&b=c?#" },
  });
  expect(parse(homeAddress({ repo: "owner/name" })).params).toEqual({ repo: "owner/name" });
  expect(featureAddress(7)).toBe("#/features/7");
  expect(format("/", { q: undefined })).toBe("#/");
});
