using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace PhaseFlow.Functions.Azure.Tables;

/// <summary>
/// The rows of a feature's partition. The digit in front puts what a run lives on side by side, so that one query reads it: the feature, its outbox,
/// its open inbox, its phases, its attempts. What grows and is read one by one lies behind.
/// </summary>
internal static class RowKeys
{
    public const string Feature = "0-feature";
    public const string OutboxEnd = "2-";
    public const string InboxStart = "2-inbox-";
    public const string InboxEnd = "3-";
    public const string PhaseEnd = "4-";
    public const string AttemptStart = "4-attempt-";
    public const string AttemptEnd = "5-";

    /// <summary>Behind every row of a feature.</summary>
    public const string End = "~";

    public static string Partition(int featureId) => Number(featureId);

    public static string Outbox(long seq) => $"1-outbox-{Number(seq)}";

    public static string Inbox(long seq) => $"{InboxStart}{Number(seq)}";

    /// <summary>A phase of one plan. Only the plan that the feature names exists: rows that a creation left behind half-way are never read.</summary>
    public static string Phase(string plan, int number) => $"3-phase-{plan}-{Number(number)}";

    public static string Attempt(int phase, int attempt) => $"{AttemptStart}{Number(phase)}-{Number(attempt)}";

    /// <summary>Behind every attempt of a phase.</summary>
    public static string AttemptsEnd(int phase) => $"{AttemptStart}{Number(phase)}-~";

    /// <summary>An entry that left the inbox.</summary>
    public static string Settled(long seq) => $"5-settled-{Number(seq)}";

    public static string Content(string plan, int number) => $"6-content-{plan}-{Number(number)}";

    public static string ContentStart(string plan) => $"6-content-{plan}-";

    public static string ContentEnd(string plan) => $"6-content-{plan}-~";

    /// <summary>A delivery of a report. Its id is the sender's: it may have any length and any sign, so its digest is the key.</summary>
    public static string Report(int phase, int attempt, string deliveryId) => $"7-report-{Number(phase)}-{Number(attempt)}-{Digest(deliveryId)}";

    public static string Number(long number) => number.ToString("D19", CultureInfo.InvariantCulture);

    public static string Number(int number) => number.ToString("D10", CultureInfo.InvariantCulture);

    public static string Digest(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)), 0, 16);
}
