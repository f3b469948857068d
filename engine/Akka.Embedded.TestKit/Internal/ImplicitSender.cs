// Makes a test actor the sender of messages that the test's thread tells without one. The current cell is a matter of the
// thread; a synchronization context takes it along to wherever a test goes on after an await.
using Akka.Actor;
using Akka.Actor.Internal;

namespace Akka.TestKit.Internal;

internal static class ImplicitSender
{
    public static void Set(IActorRef testActor)
    {
        if (testActor is not LocalActorRef { Cell: var cell })
            return;
        InternalCurrentActorCellKeeper.Current = cell;
        SynchronizationContext.SetSynchronizationContext(new CellKeepingContext(cell, Outer(SynchronizationContext.Current)));
    }

    /// <summary>Leaves the thread as it was, as far as it is the one that the test began on.</summary>
    public static void Clear(IActorRef testActor)
    {
        if (testActor is not LocalActorRef { Cell: var cell })
            return;
        if (ReferenceEquals(InternalCurrentActorCellKeeper.Current, cell))
            InternalCurrentActorCellKeeper.Current = null;
        if (SynchronizationContext.Current is CellKeepingContext context && ReferenceEquals(context.Cell, cell))
            SynchronizationContext.SetSynchronizationContext(context.Inner);
    }

    /// <summary>A test object made after another on the same thread must not stack contexts on contexts.</summary>
    private static SynchronizationContext? Outer(SynchronizationContext? current) =>
        current is CellKeepingContext keeping ? keeping.Inner : current;

    private sealed class CellKeepingContext(ActorCell cell, SynchronizationContext? inner) : SynchronizationContext
    {
        public ActorCell Cell => cell;

        public SynchronizationContext? Inner => inner;

        public override void Post(SendOrPostCallback d, object? state)
        {
            if (inner is not null)
                inner.Post(_ => Run(d, state), null);
            else
                ThreadPool.QueueUserWorkItem(_ => Run(d, state), null);
        }

        public override void Send(SendOrPostCallback d, object? state)
        {
            if (inner is not null)
                inner.Send(_ => Run(d, state), null);
            else
                Run(d, state);
        }

        public override void OperationStarted() => inner?.OperationStarted();

        public override void OperationCompleted() => inner?.OperationCompleted();

        public override SynchronizationContext CreateCopy() => new CellKeepingContext(cell, inner);

        private void Run(SendOrPostCallback callback, object? state)
        {
            var (outerCell, outerContext) = (InternalCurrentActorCellKeeper.Current, Current);
            InternalCurrentActorCellKeeper.Current = cell;
            SetSynchronizationContext(this);
            try
            {
                callback(state);
            }
            finally
            {
                InternalCurrentActorCellKeeper.Current = outerCell;
                SetSynchronizationContext(outerContext);
            }
        }
    }
}
