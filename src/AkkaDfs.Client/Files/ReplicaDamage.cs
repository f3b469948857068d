// Drills: asks a chunk server to damage a replica, and goes on asking while the bytes are still on their way to their place.

using AkkaDfs.Client.Core;
using AkkaDfs.Shared;
using AkkaDfs.Shared.DataPlane;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Client.Files;

/// <summary>Damages replicas.</summary>
internal sealed class ReplicaDamage(ClientContext context)
{
    /// <summary>Damages one.</summary>
    /// <exception cref="DfsException">NotSupported where drills are not permitted, and others.</exception>
    public async Task<DamageReport> DamageAsync(DataEndpoint endpoint, DamageOp op, Deadline deadline, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            Result<DamageReport> result;
            using (var scope = new AttemptScope(context.Time, deadline.Remaining, cancellationToken))
            {
                result = await context.Data.DamageAsync(endpoint, op, scope.Token).ConfigureAwait(Surroundings.HoldAwaits);
            }

            cancellationToken.ThrowIfCancellationRequested();
            if (result.IsOk)
            {
                return result.Value;
            }

            // Only this one is certain to have damaged nothing yet and to pass by itself.
            var step = context.Retry.Next(attempt, result.Error, deadline.Remaining, context.Entropy.NextDouble());
            if (result.Error.Code != DfsErrorCode.Busy || step.Action != RetryAction.Again)
            {
                throw new DfsException(result.Error);
            }

            await Task.Delay(step.Delay, context.Time, cancellationToken).ConfigureAwait(Surroundings.HoldAwaits);
        }
    }
}
