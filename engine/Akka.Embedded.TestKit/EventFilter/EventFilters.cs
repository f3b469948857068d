// Filters of log events by level, exception, text and source.
using System.Text;
using Akka.Actor;
using Akka.Event;
using Akka.TestKit.Internal;
using Akka.TestKit.Internal.StringMatcher;

namespace Akka.TestKit
{
    /// <summary>Decides about log events.</summary>
    public interface IEventFilter
    {
        /// <summary>True if the event is of the kind looked for, and so not printed.</summary>
        bool Apply(LogEvent logEvent);
    }

    /// <summary>Dead letters, which reach filters wrapped in warnings.</summary>
    public sealed class DeadLettersFilter : EventFilterBase
    {
        private readonly Predicate<DeadLetter>? _isMatch;

        /// <param name="messageMatcher">Compares the letter's text.</param>
        /// <param name="sourceMatcher">Compares the path of its receiver.</param>
        /// <param name="isMatch">Looks at the letter; null accepts all.</param>
        public DeadLettersFilter(
            IStringMatcher? messageMatcher, IStringMatcher? sourceMatcher, Predicate<DeadLetter>? isMatch = null)
            : base(messageMatcher, sourceMatcher) => _isMatch = isMatch;

        /// <inheritdoc/>
        protected override string FilterDescriptiveName => "DeadLetter";

        /// <inheritdoc/>
        protected override bool IsMatch(LogEvent evt) =>
            evt is Warning { Message: DeadLetter letter } && (_isMatch is null || _isMatch(letter))
            && InternalDoMatch(letter.Recipient.Path.ToString(), letter);
    }
}

namespace Akka.TestKit.Internal
{
    /// <summary>Told about an event that a filter matched.</summary>
    public delegate void EventMatched(EventFilterBase eventFilter, LogEvent logEvent);

    /// <summary>Base of filters: tells its listeners about matches.</summary>
    public abstract class EventFilterBase : IEventFilter
    {
        private readonly IStringMatcher _messageMatcher;
        private readonly IStringMatcher _sourceMatcher;

        /// <param name="messageMatcher">Compares the text; null accepts all.</param>
        /// <param name="sourceMatcher">Compares the source; null accepts all.</param>
        protected EventFilterBase(IStringMatcher? messageMatcher, IStringMatcher? sourceMatcher)
        {
            _messageMatcher = messageMatcher ?? MatchesAll.Instance;
            _sourceMatcher = sourceMatcher ?? MatchesAll.Instance;
        }

        /// <summary>Raised on the logger's turn for every match.</summary>
        public event EventMatched? EventMatched;

        /// <summary>What is filtered, in one word.</summary>
        protected abstract string FilterDescriptiveName { get; }

        /// <inheritdoc/>
        public bool Apply(LogEvent logEvent)
        {
            if (!IsMatch(logEvent))
                return false;
            OnEventMatched(logEvent);
            return true;
        }

        /// <inheritdoc/>
        public override string ToString()
        {
            var text = new StringBuilder(FilterDescriptiveName);
            var (message, source) = (_messageMatcher.ToString(), _sourceMatcher.ToString());
            if (!string.IsNullOrEmpty(message))
                text.Append(" when Message ").Append(message);
            if (!string.IsNullOrEmpty(source))
                text.Append(string.IsNullOrEmpty(message) ? " when Source " : " and Source ").Append(source);
            return text.ToString();
        }

        /// <summary>True if the event is of the kind looked for.</summary>
        protected abstract bool IsMatch(LogEvent evt);

        /// <summary>Tells the listeners.</summary>
        protected virtual void OnEventMatched(LogEvent logEvent) => EventMatched?.Invoke(this, logEvent);

        /// <summary>Compares source and text.</summary>
        protected bool InternalDoMatch(string src, object? msg) =>
            _messageMatcher.IsMatch(msg?.ToString() ?? "null") && _sourceMatcher.IsMatch(src);
    }

    /// <summary>Debug events.</summary>
    public class DebugFilter(IStringMatcher? messageMatcher = null, IStringMatcher? sourceMatcher = null)
        : EventFilterBase(messageMatcher, sourceMatcher)
    {
        /// <inheritdoc/>
        protected override string FilterDescriptiveName => "Debug";

        /// <inheritdoc/>
        protected override bool IsMatch(LogEvent evt) => evt is Debug && InternalDoMatch(evt.LogSource, evt.Message);
    }

    /// <summary>Info events.</summary>
    public class InfoFilter(IStringMatcher? messageMatcher = null, IStringMatcher? sourceMatcher = null)
        : EventFilterBase(messageMatcher, sourceMatcher)
    {
        /// <inheritdoc/>
        protected override string FilterDescriptiveName => "Info";

        /// <inheritdoc/>
        protected override bool IsMatch(LogEvent evt) => evt is Info && InternalDoMatch(evt.LogSource, evt.Message);
    }

    /// <summary>Warnings; not dead letters, which have a filter of their own.</summary>
    public class WarningFilter(IStringMatcher? messageMatcher = null, IStringMatcher? sourceMatcher = null)
        : EventFilterBase(messageMatcher, sourceMatcher)
    {
        /// <inheritdoc/>
        protected override string FilterDescriptiveName => "Warning";

        /// <inheritdoc/>
        protected override bool IsMatch(LogEvent evt) => evt is Warning and not { Message: DeadLetter } && InternalDoMatch(evt.LogSource, evt.Message);
    }

    /// <summary>Errors, with or without an exception.</summary>
    public class ErrorFilter : EventFilterBase
    {
        private readonly Type? _exceptionType;
        private readonly bool _recurseInnerExceptions;

        /// <param name="messageMatcher">Compares the text; null accepts all.</param>
        /// <param name="sourceMatcher">Compares the source; null accepts all.</param>
        public ErrorFilter(IStringMatcher? messageMatcher = null, IStringMatcher? sourceMatcher = null)
            : base(messageMatcher, sourceMatcher)
        {
        }

        /// <param name="exceptionType">The exception, or a base of it.</param>
        /// <param name="messageMatcher">Compares the text of the event or of the exception; null accepts all.</param>
        /// <param name="sourceMatcher">Compares the source; null accepts all.</param>
        /// <param name="recurseInnerExceptions">If inner exceptions are looked at too.</param>
        public ErrorFilter(
            Type exceptionType, IStringMatcher? messageMatcher = null, IStringMatcher? sourceMatcher = null,
            bool recurseInnerExceptions = false)
            : this(messageMatcher, sourceMatcher)
        {
            _exceptionType = exceptionType;
            _recurseInnerExceptions = recurseInnerExceptions;
        }

        /// <inheritdoc/>
        protected override string FilterDescriptiveName => _exceptionType is null ? "Error" : $"Exception {_exceptionType}";

        /// <inheritdoc/>
        protected override bool IsMatch(LogEvent evt)
        {
            if (evt is not Error error)
                return false;
            if (_exceptionType is null)
                return InternalDoMatch(error.LogSource, error.Message);
            for (var cause = error.Cause; cause is not null; cause = _recurseInnerExceptions ? cause.InnerException : null)
            {
                if (_exceptionType.IsInstanceOfType(cause)
                    && (InternalDoMatch(error.LogSource, error.Message) || InternalDoMatch(error.LogSource, cause.Message)))
                {
                    return true;
                }
            }

            return false;
        }
    }

    /// <summary>Events by predicate.</summary>
    public class CustomEventFilter : EventFilterBase
    {
        private readonly Predicate<LogEvent> _predicate;

        /// <param name="predicate">True for a match.</param>
        public CustomEventFilter(Predicate<LogEvent> predicate)
            : base(null, null) => _predicate = predicate;

        /// <inheritdoc/>
        protected override string FilterDescriptiveName => "Custom";

        /// <inheritdoc/>
        protected override bool IsMatch(LogEvent evt) => _predicate(evt);
    }
}
